import { strict as assert } from "node:assert";
import { digestOf, parseDigest } from "../../src/oci/digest.ts";
import { ApiError } from "../../src/server/api_error.ts";
import { namesIn } from "../../src/server/durable_file.ts";
import { RegistryStore } from "../../src/server/registry_store.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

const HELLO = parseDigest(
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
);
const { signal } = new AbortController();

async function withStore(
  action: (store: RegistryStore) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const store = await RegistryStore.open(directory, { maxUploads: 2 });
    try {
      await action(store);
    } finally {
      store.close();
    }
  });
}

Deno.test("UploadStore makes a finished session a blob", async () => {
  await withStore(async ({ uploads, blobs, budget }) => {
    const session = await uploads.create("a");
    assert.equal(await uploads.find("a", session.id), session);
    assert.equal(await uploads.find("b", session.id), undefined);
    const body = ReadableStream.from([bytesOf("hello")]);
    await session.append(body, { signal });
    await uploads.finish(session, HELLO);
    assert.equal(await blobs.size(HELLO), 5);
    assert.equal(budget.used, 5);
    assert.equal(session.closed, true);
    assert.equal(await uploads.find("a", session.id), undefined);
    assert.equal(uploads.open, 0);
  });
});

Deno.test("UploadStore gives up a session with the wrong bytes", async () => {
  await withStore(async ({ uploads, blobs, budget, layout }) => {
    const session = await uploads.create("a");
    const body = ReadableStream.from([bytesOf("hullo")]);
    await session.append(body, { signal });
    await assert.rejects(
      uploads.finish(session, HELLO),
      (error) => error instanceof ApiError && error.code === "DIGEST_INVALID",
    );
    assert.equal(await blobs.size(HELLO), undefined);
    assert.equal(budget.used, 0);
    assert.deepEqual(await namesIn(layout.uploads("a")), []);
  });
});

Deno.test("UploadStore ends a session after its content is published, also in vain", async () => {
  await withStore(async ({ uploads, blobs }) => {
    const session = await uploads.create("a");
    const body = ReadableStream.from([bytesOf("hello")]);
    await session.append(body, { signal });
    const finishing = uploads.finish(session, HELLO, async () => {
      assert.equal(await blobs.size(HELLO), 5);
      assert.equal(await uploads.find("a", session.id), session);
      assert.equal(session.closed, false);
      throw new Error("The disk is full");
    });
    await assert.rejects(finishing, { message: "The disk is full" });
    assert.equal(session.closed, true);
    assert.equal(await uploads.find("a", session.id), undefined);
  });
});

Deno.test("UploadStore bounds the sessions", async () => {
  await withStore(async ({ uploads }) => {
    const session = await uploads.create("a");
    await uploads.create("b");
    await assert.rejects(
      uploads.create("c"),
      (error) => error instanceof ApiError && error.status === 429,
    );
    await uploads.cancel(session);
    await uploads.create("c");
  });
});

Deno.test("UploadStore ends a session that was left long ago for a new one", async () => {
  await withStore(async ({ uploads }) => {
    const left = await uploads.create("a");
    const used = await uploads.create("a");
    left.lastUsed -= 2 * 60 * 60 * 1000;
    const created = await uploads.create("a");
    assert.equal(left.closed, true);
    assert.equal(used.closed, false);
    assert.equal(await uploads.find("a", created.id), created);
  });
});

Deno.test({
  name: "UploadStore takes no blob that the disk may have lost",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withStore(async ({ uploads, blobs, budget }) => {
      const session = await uploads.create("a");
      const body = ReadableStream.from([bytesOf("hello")]);
      await session.append(body, { signal });
      // A file that can be read but not synced.
      await Deno.remove(session.path);
      await Deno.symlink("/dev/null", session.path);
      const digest = digestOf(new Uint8Array());
      await assert.rejects(
        uploads.finish(session, digest),
        (error) => !(error instanceof ApiError),
      );
      assert.equal(await blobs.size(digest), undefined);
      assert.equal(await uploads.find("a", session.id), undefined);
      assert.equal(budget.used, 0);
    });
  },
});

Deno.test("UploadStore finds sessions that another process left", async () => {
  await withDirectory(async (directory) => {
    const first = await RegistryStore.open(directory);
    const { id } = await first.uploads.create("a/b");
    const path = `${first.layout.upload("a/b", id)}/data`;
    await Deno.writeTextFile(path, "hel");
    first.close();
    const second = await RegistryStore.open(directory);
    try {
      assert.equal(second.budget.used, 3);
      const session = await second.uploads.find("a/b", id);
      assert.equal(session?.offset, 3);
    } finally {
      second.close();
    }
  });
});

Deno.test("UploadStore ends old sessions that nothing runs on", async () => {
  await withStore(async ({ uploads }) => {
    const idle = await uploads.create("a");
    const busy = await uploads.create("a");
    const gate = Promise.withResolvers<void>();
    const running = busy.exclusively(() => gate.promise);
    const later = Date.now() + 60_000;
    assert.equal(await uploads.purge("a", Date.now() - 60_000), 0);
    assert.equal(await uploads.purge("a", later), 1);
    assert.equal(await uploads.find("a", idle.id), undefined);
    assert.equal(await uploads.find("a", busy.id), busy);
    gate.resolve();
    await running;
  });
});

Deno.test("UploadStore ends a session that a crash left without its file", async () => {
  await withStore(async ({ uploads, layout }) => {
    await Deno.mkdir(layout.upload("a", crypto.randomUUID()), {
      recursive: true,
    });
    assert.equal(await uploads.purge("a", Date.now() - 60_000), 0);
    assert.equal(await uploads.purge("a", Date.now() + 60_000), 1);
    assert.deepEqual(await namesIn(layout.uploads("a")), []);
  });
});
