import { strict as assert } from "node:assert";
import {
  readAt,
  syncDirectory,
  writeFully,
} from "../../src/content/file_access.ts";
import { tempDir } from "../support/temp_dir.ts";

const DIGITS = new TextEncoder().encode("0123456789");

Deno.test("readAt() reads from an offset on, fewer bytes only at the end", async () => {
  await using dir = await tempDir();
  using file = await Deno.open(await dir.write("digits", DIGITS));
  const read = async (offset: number, length: number) =>
    new TextDecoder().decode(await readAt(file, offset, length));
  assert.equal(await read(7, 100), "789");
  assert.equal(await read(2, 3), "234");
  assert.equal(await read(20, 1), "");
});

Deno.test("writeFully() writes on where the file stands", async () => {
  await using dir = await tempDir();
  const path = await dir.write("digits", DIGITS);
  {
    using file = await Deno.open(path, { write: true });
    await file.seek(8, Deno.SeekMode.Start);
    await writeFully(file, DIGITS.subarray(0, 3));
  }
  assert.equal(await Deno.readTextFile(path), "01234567012");
});

Deno.test("syncDirectory() needs a directory that is there", async () => {
  await using dir = await tempDir();
  await syncDirectory(dir.path);
  await assert.rejects(syncDirectory(dir.file("missing")), {
    name: "NotFound",
  });
});
