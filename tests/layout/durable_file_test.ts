import { strict as assert } from "node:assert";
import {
  namingFaults,
  publish,
  removeIfThere,
  writeDurably,
} from "../../src/layout/durable_file.ts";
import { tempDir } from "../support/temp_dir.ts";

const BYTES = new TextEncoder().encode("new");

Deno.test("writeDurably() replaces a file and leaves no draft", async () => {
  await using folder = await tempDir();
  const path = await folder.write(
    "a",
    new TextEncoder().encode("old and long"),
  );
  await writeDurably(path, BYTES, folder.file("draft"));
  assert.equal(await Deno.readTextFile(path), "new");
  assert.deepEqual(folder.names(), ["a"]);
});

Deno.test("writeDurably() names the file that cannot be written", async () => {
  await using folder = await tempDir();
  const path = folder.file("missing/a");
  await assert.rejects(
    writeDurably(path, BYTES, folder.file("missing/draft")),
    (error: Error) => error.message.startsWith(`Cannot write "${path}": `),
  );
});

Deno.test("publish() moves a draft to its final name", async () => {
  await using folder = await tempDir();
  const draft = await folder.write("draft", BYTES);
  await publish(draft, folder.file("final"));
  assert.deepEqual(folder.names(), ["final"]);
});

Deno.test("removeIfThere() removes a folder, and does not mind its absence", async () => {
  await using folder = await tempDir();
  await Deno.mkdir(folder.file("a/b"), { recursive: true });
  await removeIfThere(folder.file("a"));
  await removeIfThere(folder.file("a"));
  assert.deepEqual(folder.names(), []);
});

Deno.test("namingFaults() says that there is no room left", async () => {
  const full = Object.assign(new Error("No space left"), { code: "ENOSPC" });
  await assert.rejects(
    namingFaults("image.tar", () => Promise.reject(full)),
    { message: 'Cannot write "image.tar": there is no room left' },
  );
});

Deno.test("namingFaults() leaves what is no fault of a file alone", async () => {
  const other = new TypeError("Cannot do that");
  assert.equal(
    await namingFaults("a", () => Promise.reject(other)).catch((e) => e),
    other,
  );
});
