import { strict as assert } from "node:assert";
import { StoreLock, StoreLockedError } from "../../src/server/store_lock.ts";
import { withDirectory } from "./registry_fixture.ts";

Deno.test("StoreLock has one owner at a time", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/data/lock`;
    const first = await StoreLock.acquire(path);
    const second = StoreLock.acquire(path, { timeout: 60_000 });
    first.release();
    (await second).release();
  });
});

Deno.test("StoreLock names the owner, and dies with it", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/lock`;
    const owner = new Deno.Command(Deno.execPath(), {
      args: ["eval", OWNER, path],
      stdout: "piped",
    }).spawn();
    const reader = owner.stdout.getReader();
    await reader.read();
    await assert.rejects(
      StoreLock.acquire(path, { timeout: 1 }),
      (error) =>
        error instanceof StoreLockedError && error.path === path &&
        error.message.startsWith(
          `Cannot open the store "${directory}": process ${owner.pid} owns it\n`,
        ),
    );
    owner.kill("SIGKILL");
    await owner.status;
    await reader.cancel();
    (await StoreLock.acquire(path, { timeout: 60_000 })).release();
  });
});

Deno.test("StoreLock is shared by those who only read", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/data/lock`;
    assert.equal(await StoreLock.share(path), undefined);
    (await StoreLock.acquire(path)).release();
    const first = await StoreLock.share(path);
    const second = await StoreLock.share(path);
    const waiting = StoreLock.acquire(path, { timeout: 60_000 });
    first?.release();
    second?.release();
    const owner = await waiting;
    await assert.rejects(
      StoreLock.share(path, { timeout: 1 }),
      StoreLockedError,
    );
    owner.release();
  });
});

const OWNER = `
const file = await Deno.open(Deno.args[0], { write: true, create: true });
await file.lock(true);
await file.write(new TextEncoder().encode(String(Deno.pid)));
console.log("locked");
setTimeout(() => {}, 60_000);
`;
