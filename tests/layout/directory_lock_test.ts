import { strict as assert } from "node:assert";
import { DirectoryLock } from "../../src/layout/directory_lock.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("DirectoryLock.acquire() waits until the other lets go", async () => {
  await using folder = await tempDir();
  const order: string[] = [];
  const first = await DirectoryLock.acquire(folder.path);
  const second = DirectoryLock.acquire(folder.path).then((lock) => {
    order.push("second");
    return lock;
  });
  order.push("first");
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  assert.deepEqual(order, ["first", "second"]);
});

Deno.test("DirectoryLock.acquire() gives up with the signal", async () => {
  await using folder = await tempDir();
  await assert.rejects(
    DirectoryLock.acquire(folder.path, AbortSignal.abort(new Error("enough"))),
    { message: "enough" },
  );
});
