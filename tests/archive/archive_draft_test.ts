import { strict as assert } from "node:assert";
import {
  type ArchiveDraft,
  readArchiveDraft,
} from "../../src/archive/archive_draft.ts";
import { tarHeader, tarPadding } from "../../src/archive/tar_writer.ts";
import { type Digest, digestEncoded, digestOf } from "../../src/oci/digest.ts";
import { buildTar, concatBytes, paxHeader } from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

const ENCODER = new TextEncoder();
const [ONE, TWO] = [ENCODER.encode("one"), ENCODER.encode("x".repeat(700))];
const WANTED = new Set([digestOf(ONE), digestOf(TWO)]);

function entry(bytes: Uint8Array, digest = digestOf(bytes)): Uint8Array {
  const name = `blobs/sha256/${digestEncoded(digest)}`;
  const size = bytes.length;
  const header = tarHeader({ type: "file", name, size });
  return concatBytes([header, bytes, tarPadding(size)]);
}

async function read(
  bytes: Uint8Array,
  wanted: ReadonlySet<Digest> = WANTED,
): Promise<ArchiveDraft> {
  await using folder = await tempDir();
  using file = await Deno.open(await folder.write("draft", bytes));
  return await readArchiveDraft(file, wanted);
}

Deno.test("readArchiveDraft() finds whole blobs and where to go on", async () => {
  const draft = await read(concatBytes([entry(ONE), entry(TWO)]));
  assert.deepEqual([...draft.blobs], [[digestOf(ONE), 3], [
    digestOf(TWO),
    700,
  ]]);
  assert.equal(draft.end, 1024 + 1536);
  assert.equal(draft.started, undefined);
});

Deno.test("readArchiveDraft() finds the blob that was cut off", async () => {
  const cut = concatBytes([entry(ONE), entry(TWO).subarray(0, 512 + 300)]);
  const { blobs, started, end } = await read(cut);
  assert.deepEqual([...blobs.keys()], [digestOf(ONE)]);
  assert.equal(end, 1024 + 512 + 300);
  assert.equal(started?.digest, digestOf(TWO));
  assert.equal(started?.position, 1024);
  assert.equal(started?.start.size, 300);
  started?.start.digester.update(TWO.subarray(300));
  assert.equal(started?.start.digester.digest(), digestOf(TWO));
});

Deno.test("readArchiveDraft() ends before what is of no use", async () => {
  const foreign = ENCODER.encode("foreign");
  const others: Record<string, Uint8Array> = {
    "half a header": entry(TWO).subarray(0, 100),
    "a blob that is not wanted": entry(foreign),
    "a blob that is damaged": entry(TWO.map((byte) => byte ^ 1), digestOf(TWO)),
    "a blob without its padding": entry(TWO).subarray(0, -1),
    "a blob that is there already": entry(ONE),
    "what comes after the blobs": buildTar([{
      name: "index.json",
      data: "{}",
    }]),
  };
  for (const [what, bytes] of Object.entries(others)) {
    const draft = await read(concatBytes([entry(ONE), bytes]));
    assert.deepEqual([...draft.blobs.keys()], [digestOf(ONE)], what);
    assert.equal(draft.end, 1024, what);
    assert.equal(draft.started, undefined, what);
  }
});

Deno.test("readArchiveDraft() takes the size from a pax header", async () => {
  const name = `blobs/sha256/${digestEncoded(digestOf(TWO))}`;
  const items = [paxHeader({ size: "700" }), { name, data: TWO, size: 0 }];
  const draft = await read(buildTar(items, { zeroBlocks: 0 }));
  assert.deepEqual([...draft.blobs], [[digestOf(TWO), 700]]);
  assert.equal(draft.end, 1024 + 1536);
});

Deno.test("readArchiveDraft() keeps nothing when nothing is wanted", async () => {
  const { blobs, end } = await read(entry(ONE), new Set());
  assert.equal(blobs.size, 0);
  assert.equal(end, 0);
});
