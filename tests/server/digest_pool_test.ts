import { strict as assert } from "node:assert";
import { DigestPool } from "../../src/server/digest_pool.ts";
import { withDirectory } from "./registry_fixture.ts";

const HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

async function withPool(
  action: (pool: DigestPool, path: string) => Promise<void>,
  pool = new DigestPool(),
): Promise<void> {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    await Deno.writeTextFile(path, "hello");
    try {
      await action(pool, path);
    } finally {
      pool.close();
    }
  });
}

Deno.test("DigestPool starts threads when there is work for them", async () => {
  await withPool(async (pool, path) => {
    assert.equal(pool.threads, 0);
    assert.equal(await pool.start(path, "sha256").finish(), HELLO);
    assert.equal(await pool.start(path, "sha256").finish(), HELLO);
    assert.equal(pool.threads, 1);
    const all = [1, 2, 3].map(() => pool.start(path, "sha256").finish());
    assert.deepEqual(await Promise.all(all), [HELLO, HELLO, HELLO]);
    assert.equal(pool.threads, 2);
  });
});

Deno.test("DigestPool starts anew after a thread that crashed", async () => {
  const text = "self.onmessage = () => { throw new Error('out of order') };";
  const module = new URL(
    `data:application/javascript,${encodeURIComponent(text)}`,
  );
  await withPool(async (pool, path) => {
    await assert.rejects(pool.start(path, "sha256").finish(), {
      message:
        /^Cannot digest an upload: the worker thread failed: .*out of order/,
    });
    assert.equal(pool.threads, 0);
  }, new DigestPool({ module }));
});

Deno.test("DigestPool that is closed starts nothing", async () => {
  await withPool((pool, path) => {
    const running = pool.start(path, "sha256");
    pool.close();
    assert.equal(pool.threads, 0);
    assert.throws(() => pool.start(path, "sha256"), {
      message: "Cannot digest an upload: the registry is closed",
    });
    return assert.rejects(running.finish());
  });
});
