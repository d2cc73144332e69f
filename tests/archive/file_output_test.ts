import { strict as assert } from "node:assert";
import { openFileOutput } from "../../src/archive/file_output.ts";
import { tarHeader } from "../../src/archive/tar_writer.ts";
import { digestEncoded, digestOf } from "../../src/oci/digest.ts";
import { tempDir } from "../support/temp_dir.ts";

const BYTES = new TextEncoder().encode("hello");
const DRAFT = ".a.tar.k8scr-draft";

Deno.test("openFileOutput() shows nothing before it is committed", async () => {
  await using folder = await tempDir();
  const output = await openFileOutput(folder.file("a.tar"));
  await output.write(BYTES);
  assert.deepEqual(folder.names(), [DRAFT]);
  await output.commit();
  assert.deepEqual(folder.names(), ["a.tar"]);
  assert.deepEqual(await Deno.readFile(folder.file("a.tar")), BYTES);
  await output.abandon({ keepDrafts: false });
  assert.deepEqual(folder.names(), ["a.tar"]);
});

Deno.test("openFileOutput() leaves the file that was there when it is given up", async () => {
  await using folder = await tempDir();
  const path = await folder.write("a.tar", new TextEncoder().encode("old"));
  const output = await openFileOutput(path);
  await output.write(BYTES);
  await output.abandon({ keepDrafts: false });
  assert.equal(await Deno.readTextFile(path), "old");
  assert.deepEqual(folder.names(), ["a.tar"]);
});

Deno.test("openFileOutput() goes on with what a run before has left", async () => {
  await using folder = await tempDir();
  const name = `blobs/sha256/${digestEncoded(digestOf(BYTES))}`;
  const header = tarHeader({ type: "file", name, size: BYTES.length });
  const first = await openFileOutput(folder.file("a.tar"));
  await first.write(header);
  await first.write(BYTES.subarray(0, 2));
  await first.abandon({ keepDrafts: true });
  assert.deepEqual(folder.names(), [DRAFT]);
  const wanted = new Set([digestOf(BYTES)]);
  const second = await openFileOutput(folder.file("a.tar"), { wanted });
  assert.equal(second.position, 514);
  assert.equal(second.started?.start.size, 2);
  await second.write(BYTES.subarray(2));
  await second.rewind?.(515);
  await second.commit();
  const bytes = await Deno.readFile(folder.file("a.tar"));
  assert.deepEqual(bytes.subarray(512), BYTES.subarray(0, 3));
});

Deno.test("openFileOutput() begins again where nothing is wanted", async () => {
  await using folder = await tempDir();
  await folder.write(DRAFT, BYTES);
  const output = await openFileOutput(folder.file("a.tar"));
  assert.equal(output.position, 0);
  await output.abandon({ keepDrafts: true });
  assert.deepEqual(folder.names(), [], "an empty draft is of no use");
});

Deno.test("openFileOutput() waits for another that writes the same file", async () => {
  await using folder = await tempDir();
  const first = await openFileOutput(folder.file("a.tar"));
  const second = openFileOutput(folder.file("a.tar"));
  await first.write(BYTES);
  await first.commit();
  const output = await second;
  assert.equal(output.position, 0);
  await output.write(new TextEncoder().encode("other"));
  await output.commit();
  assert.equal(await Deno.readTextFile(folder.file("a.tar")), "other");
});

Deno.test("openFileOutput() names the file when there is no such folder", async () => {
  await using folder = await tempDir();
  const path = folder.file("missing/a.tar");
  await assert.rejects(
    openFileOutput(path),
    (error: Error) => error.message.startsWith(`Cannot write "${path}": `),
  );
});
