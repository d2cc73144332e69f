import { strict as assert } from "node:assert";
import { freeBytes } from "../../src/content/free_space.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("freeBytes() tells how much room a directory has", async () => {
  await using folder = await tempDir();
  const free = await freeBytes(folder.path);
  assert.ok(free !== undefined && free > 1_000_000, `${free}`);
});

Deno.test("freeBytes() knows nothing of a directory that is not there", async () => {
  await using folder = await tempDir();
  assert.equal(await freeBytes(folder.file("absent")), undefined);
});

Deno.test("freeBytes() asks nobody for a permission", {
  permissions: { read: true, sys: false },
}, async () => {
  assert.equal(await freeBytes("."), undefined);
});
