import { strict as assert } from "node:assert";
import { digestOf } from "../../src/oci/digest.ts";
import { isThere, namesIn } from "../../src/server/durable_file.ts";
import { RegistryStore } from "../../src/server/registry_store.ts";
import { StoreLockedError } from "../../src/server/store_lock.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

Deno.test("RegistryStore is made where there is none", async () => {
  await withDirectory(async (directory) => {
    const store = await RegistryStore.open(`${directory}/new/data`);
    const names = await namesIn(`${directory}/new/data`);
    assert.deepEqual(
      names.filter((it) => it !== "case-folded"),
      ["docker", "lock", "tmp"],
    );
    store.close();
  });
});

Deno.test("RegistryStore has one owner", async () => {
  await withDirectory(async (directory) => {
    const store = await RegistryStore.open(directory);
    await assert.rejects(RegistryStore.open(directory), StoreLockedError);
    store.close();
    (await RegistryStore.open(directory)).close();
  });
});

Deno.test("RegistryStore says what helps where it cannot be", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/file`;
    await Deno.writeTextFile(file, "");
    await assert.rejects(
      RegistryStore.open(`${file}/data`),
      /^Error: Cannot open the store ".+\/file\/data": Not a directory.*\nUse a /,
    );
    const closed = `${directory}/closed`;
    await Deno.mkdir(closed, { mode: 0o500 });
    // The superuser may write everywhere.
    if (Deno.uid() === 0 || Deno.build.os === "windows") return;
    await assert.rejects(
      RegistryStore.open(`${closed}/data`),
      /Permission denied.*\nUse a directory that this user may read and write/,
    );
  });
});

Deno.test("RegistryStore counts what is there, and clears what is half-written", async () => {
  await withDirectory(async (directory) => {
    const first = await RegistryStore.open(directory);
    const bytes = bytesOf("hello");
    await first.blobs.write(digestOf(bytes), bytes);
    await Deno.writeTextFile(`${directory}/tmp/draft`, "half");
    first.close();
    const second = await RegistryStore.open(directory);
    assert.equal(second.budget.used, 5);
    assert.deepEqual(await namesIn(`${directory}/tmp`), []);
    second.close();
  });
});

Deno.test("RegistryStore needs no lock and writes nothing to be read", async () => {
  await withDirectory(async (directory) => {
    const data = `${directory}/data`;
    await assert.rejects(
      RegistryStore.open(data, { readOnly: true }),
      /^Error: Cannot open the store ".+\/data": there is no such directory$/,
    );
    assert.equal(await isThere(data), false);
    const owner = await RegistryStore.open(data);
    const reader = await RegistryStore.open(data, { readOnly: true });
    assert.equal(reader.readOnly, true);
    reader.close();
    owner.close();
  });
});
