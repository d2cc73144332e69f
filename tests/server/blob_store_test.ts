import { strict as assert } from "node:assert";
import { type Digest, digestOf, parseDigest } from "../../src/oci/digest.ts";
import { BlobStore } from "../../src/server/blob_store.ts";
import { DiskBudget } from "../../src/server/disk_budget.ts";
import { makeDirectory } from "../../src/server/durable_file.ts";
import { StoreLayout } from "../../src/server/store_layout.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

const HELLO = parseDigest(
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
);

async function withBlobs(
  action: (parts: {
    blobs: BlobStore;
    budget: DiskBudget;
    directory: string;
  }) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const layout = new StoreLayout(directory);
    await makeDirectory(layout.temporary);
    const budget = new DiskBudget({ maxSize: 20 });
    await action({ blobs: new BlobStore(layout, budget), budget, directory });
  });
}

Deno.test("BlobStore gives back what was written", async () => {
  await withBlobs(async ({ blobs, budget }) => {
    assert.equal(await blobs.size(HELLO), undefined);
    assert.equal(await blobs.open(HELLO), undefined);
    assert.equal(await blobs.read(HELLO), undefined);
    await blobs.write(HELLO, bytesOf("hello"));
    assert.equal(await blobs.size(HELLO), 5);
    assert.deepEqual(await blobs.read(HELLO), bytesOf("hello"));
    const opened = await blobs.open(HELLO);
    assert.equal(opened?.size, 5);
    opened?.file.close();
    assert.equal(budget.used, 5);
  });
});

Deno.test("BlobStore counts content once, and mends what is damaged", async () => {
  await withBlobs(async ({ blobs, budget, directory }) => {
    await blobs.write(HELLO, bytesOf("hello"));
    await blobs.write(HELLO, bytesOf("hello"));
    assert.equal(budget.used, 5);

    const path = new StoreLayout(directory).blob(HELLO);
    await Deno.writeTextFile(path, "hullo");
    await blobs.write(HELLO, bytesOf("hello"));
    assert.equal(await Deno.readTextFile(path), "hello");
    assert.equal(budget.used, 5);

    await Deno.writeTextFile(path, "hullo");
    await Deno.writeTextFile(`${directory}/upload`, "hello");
    budget.take(5);
    await blobs.adopt(`${directory}/upload`, HELLO);
    assert.equal(await Deno.readTextFile(path), "hello");
    assert.equal(budget.used, 5);
  });
});

Deno.test("BlobStore writes nothing that has no room", async () => {
  await withBlobs(async ({ blobs, budget }) => {
    const bytes = bytesOf("x".repeat(21));
    await assert.rejects(blobs.write(digestOf(bytes), bytes), /at most 20/);
    assert.equal(await blobs.size(digestOf(bytes)), undefined);
    assert.equal(budget.used, 0);
  });
});

Deno.test("BlobStore removes only what is old", async () => {
  await withBlobs(async ({ blobs, budget }) => {
    await blobs.write(HELLO, bytesOf("hello"));
    assert.equal(blobs.removeOlder(HELLO, Date.now() - 60_000), undefined);
    assert.equal(blobs.removeOlder(HELLO, Date.now() + 60_000), 5);
    assert.equal(blobs.removeOlder(HELLO, Date.now() + 60_000), undefined);
    assert.equal(await blobs.size(HELLO), undefined);
    assert.equal(budget.used, 0);
  });
});

Deno.test("BlobStore lists content of both algorithms", async () => {
  await withBlobs(async ({ blobs }) => {
    const bytes = bytesOf("hello");
    const long = digestOf(bytes, "sha512");
    await blobs.write(long, bytes);
    await blobs.write(HELLO, bytes);
    const digests: Digest[] = [];
    for await (const digest of blobs.digests()) digests.push(digest);
    assert.deepEqual(digests, [HELLO, long]);
  });
});
