import { strict as assert } from "node:assert";
import { DigestThread } from "../../src/server/digest_thread.ts";
import { withDirectory } from "./registry_fixture.ts";

const MODULE = new URL(
  "../../src/server/digest_worker.ts",
  import.meta.url,
);
const HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

async function withThread(
  action: (thread: DigestThread, path: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    await Deno.writeTextFile(path, "hello");
    const thread = new DigestThread(MODULE, () => {});
    try {
      await action(thread, path);
    } finally {
      thread.close("the test is over");
    }
  });
}

Deno.test("DigestThread digests many files at once", async () => {
  await withThread(async (thread, path) => {
    const digests = [1, 2, 3].map(() => thread.start(path, "sha256"));
    assert.equal(thread.load, 3);
    assert.deepEqual(
      await Promise.all(digests.map((it) => it.finish())),
      [HELLO, HELLO, HELLO],
    );
    assert.equal(thread.load, 0);
  });
});

Deno.test("DigestThread reads a file before all of it is there", async () => {
  await withThread(async (thread, path) => {
    const mebibyte = 1024 * 1024;
    await Deno.truncate(path, 5 * mebibyte);
    const digest = thread.start(path, "sha256");
    digest.advance(5 * mebibyte);
    // Another file after it, so that its turn is over.
    await thread.start(path, "sha256").finish();
    await Deno.truncate(path, 0);
    await Deno.truncate(path, 6 * mebibyte);
    assert.equal(
      await digest.finish(),
      "sha256:3e887c458762b4ecc30675d5e340dc6f83aed093ea981c32fb99a781dca99112",
    );
  });
});

Deno.test("DigestThread tells why a file cannot be read", async () => {
  await withThread(async (thread, path) => {
    const digest = thread.start(`${path}/no`, "sha256");
    await assert.rejects(digest.finish(), {
      message: /^Cannot digest an upload: .*os error/,
    });
    assert.equal(thread.load, 0);
  });
});

Deno.test("DigestThread forgets what is dropped", async () => {
  await withThread(async (thread, path) => {
    thread.start(path, "sha256").drop();
    assert.equal(thread.load, 0);
    assert.equal(await thread.start(path, "sha256").finish(), HELLO);
  });
});

Deno.test("DigestThread fails what is not finished when it ends", async () => {
  await withThread(async (thread, path) => {
    const digest = thread.start(path, "sha256");
    thread.close("nobody waits");
    await assert.rejects(digest.finish(), {
      message: "Cannot digest an upload: nobody waits",
    });
  });
});
