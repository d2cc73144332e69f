import { strict as assert } from "node:assert";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import { openTar, type TarArchive } from "../../src/archive/tar_archive.ts";
import { buildTar, paxHeader, toBytes } from "../support/tar_builder.ts";
import {
  readAll,
  readText,
  type TempDir,
  tempDir,
} from "../support/temp_dir.ts";

const BIG = new Uint8Array(1_300_000).map((_, at) => at * 7 >> 2);

const ITEMS = [
  { name: "./a", data: "content of a" },
  { name: "dir/", type: "5" },
  { name: "dir/link", type: "2", linkname: "../a" },
  { name: "hard", type: "1", linkname: "./a" },
  { name: "gone", type: "2", linkname: "nowhere" },
  paxHeader({ "GNU.sparse.name": "sparse", "GNU.sparse.size": "10" }),
  { name: "GNUSparseFile.0/sparse", data: "x" },
  { name: "big", data: BIG },
  { name: "empty" },
];

function open(dir: TempDir): Promise<TarArchive> {
  return dir.write("x.tar", buildTar(ITEMS)).then((path) => openTar(path));
}

function entryOf(tar: TarArchive, name: string) {
  const entry = tar.entry(name);
  assert(entry !== undefined);
  return entry;
}

Deno.test("openTar() lists the regular files", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  assert.deepEqual(tar.names, ["a", "sparse", "big", "empty"]);
  assert.equal(tar.location, dir.file("x.tar"));
  assert.equal(tar.path, dir.file("x.tar"));
  await tar.close();
  assert.deepEqual(dir.names(), ["x.tar"]);
});

Deno.test("TarArchive.entry() normalises the name and follows links", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  const entry = { name: "a", offset: 512, size: 12 };
  assert.deepEqual(tar.entry("a"), entry);
  assert.deepEqual(tar.entry("./a"), entry);
  assert.deepEqual(tar.entry("dir/link"), entry);
  assert.deepEqual(tar.entry("hard"), entry);
  assert.equal(tar.entry("dir"), undefined);
  assert.equal(tar.entry("nothing"), undefined);
});

Deno.test("TarArchive.entry() refuses what cannot be read, and only when asked", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  assert.throws(() => tar.entry("gone"), ArchiveError);
  assert.throws(() => tar.entry("../a"), /the name leads out of the archive$/);
  assert.throws(() => tar.entry("sparse"), {
    entry: "sparse",
    message:
      `Cannot read "sparse" in "${tar.path}": it is a sparse file, which cannot be read`,
    recommendation:
      "Write the archive again without sparse files (tar without --sparse)",
  });
});

Deno.test("TarArchive.read() reads small files and refuses larger ones", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  const entry = entryOf(tar, "a");
  assert.deepEqual(await tar.read(entry, 12), toBytes("content of a"));
  assert.deepEqual(await tar.read(entryOf(tar, "empty"), 0), new Uint8Array());
  await assert.rejects(
    tar.read(entry, 11),
    /it has 12 bytes, at most 11 are read$/,
  );
});

Deno.test("TarArchive.open() streams from any offset, several at once", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  const entry = entryOf(tar, "big");
  const offsets = [0, 1, 512 * 1024, 1_299_999, 1_300_000];
  const contents = await Promise.all(
    offsets.map(async (offset) => readAll(await tar.open(entry, offset))),
  );
  for (const [at, content] of contents.entries()) {
    assert(
      BIG.subarray(offsets[at]).every((byte, index) => byte === content[index]),
    );
    assert.equal(content.length, 1_300_000 - (offsets[at] ?? 0));
  }
  assert.equal(await readText(await tar.open(entryOf(tar, "empty"))), "");
  await assert.rejects(tar.open(entry, 1_300_001), RangeError);
});

Deno.test("TarArchive.open() gives back its handle when it is cancelled", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  const unread = await tar.open(entryOf(tar, "big"));
  await unread.cancel();
  const reader = (await tar.open(entryOf(tar, "big"))).getReader();
  await reader.read();
  await reader.cancel();
});

Deno.test("TarArchive fails when the file becomes shorter", async () => {
  await using dir = await tempDir();
  const tar = await open(dir);
  const entry = entryOf(tar, "big");
  await Deno.truncate(tar.path, entry.offset + 700_000);
  const message =
    `Cannot read "big" in "${tar.path}": the archive ends at byte ${
      entry.offset + 700_000
    }, and this entry at byte ${
      entry.offset + 1_300_000
    }: the file was changed while it was read`;
  await assert.rejects(readAll(await tar.open(entry)), { message });
  await assert.rejects(tar.read(entry, 2_000_000), { message });
});

Deno.test("TarArchive.close() deletes a spooled file once", async () => {
  await using dir = await tempDir();
  const path = await dir.write("spooled", buildTar(ITEMS));
  const tar = await openTar(path, { location: "-", deleteOnClose: true });
  assert.equal(tar.location, "-");
  await tar.close();
  await tar.close();
  assert.deepEqual(dir.names(), []);
});

Deno.test("openTar() deletes a spooled file that it cannot read", async () => {
  await using dir = await tempDir();
  const path = await dir.write("spooled", toBytes("no tar".repeat(200)));
  await assert.rejects(
    openTar(path, { location: "-", deleteOnClose: true }),
    { message: 'Cannot read "-": it is not a tar archive' },
  );
  assert.deepEqual(dir.names(), []);
});

for (const zeroBlocks of [0, 2]) {
  Deno.test(`openTar() finds an engine's report behind ${zeroBlocks} zero blocks`, async () => {
    await using dir = await tempDir();
    const report =
      '{"errorDetail":{"message":"it broke"},"error":"it broke"}\r\n';
    const bytes = buildTar([{ name: "a" }], { zeroBlocks, trailing: report });
    await assert.rejects(openTar(await dir.write("x.tar", bytes)), {
      message: `Cannot read "${
        dir.file("x.tar")
      }": it is incomplete, the engine that wrote it reported "it broke"`,
      recommendation: "Save the image again",
    });
  });
}

Deno.test("openTar() keeps what follows the end", async () => {
  await using dir = await tempDir();
  const bytes = buildTar([{ name: "a" }], { trailing: "something" });
  const tar = await openTar(await dir.write("x.tar", bytes));
  assert.deepEqual(tar.trailer, toBytes("something"));
});
