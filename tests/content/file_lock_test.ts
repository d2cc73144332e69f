import { strict as assert } from "node:assert";
import { lockFile, lockWithin } from "../../src/content/file_lock.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("lockFile() lets one process have a file at a time", async () => {
  await using folder = await tempDir();
  const path = await folder.write("a", new Uint8Array(1));
  const one = await Deno.open(path, { read: true, write: true });
  using other = await Deno.open(path, { read: true, write: true });
  await lockFile(one);
  let locked = false;
  const waiting = lockFile(other).then(() => {
    locked = true;
  });
  assert.equal(locked, false);
  one.close();
  await waiting;
  assert.ok(locked);
});

Deno.test("lockFile() gives up with the signal", async () => {
  await using folder = await tempDir();
  const path = await folder.write("a", new Uint8Array(1));
  using file = await Deno.open(path, { read: true, write: true });
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(lockFile(file, { signal }), { message: "enough" });
});

Deno.test("lockWithin() tells whether the file was free", async () => {
  await using folder = await tempDir();
  const path = await folder.write("a", new Uint8Array(1));
  const options = { read: true, write: true };
  using one = await Deno.open(path, options);
  assert.equal(await lockWithin(one, 30_000, { exclusive: false }), true);
  using other = await Deno.open(path, options);
  assert.equal(await lockWithin(other, 30_000, { exclusive: false }), true);
  const third = await Deno.open(path, options);
  assert.equal(await lockWithin(third, 1), false);
  third.close();
});
