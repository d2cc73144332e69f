import { strict as assert } from "node:assert";
import { namesIn } from "../../src/server/durable_file.ts";
import { checkStore } from "../../src/server/store_check.ts";
import { StoreLockedError } from "../../src/server/store_lock.ts";
import { blobPath, fillStore, hexOf } from "./broken_store.ts";
import { pushBlob, withDirectory, withRegistryOn } from "./registry_fixture.ts";

Deno.test("checkStore() finds nothing wrong with a sound store", async () => {
  await withDirectory(async (dataDir) => {
    await fillStore(dataDir);
    const report = await checkStore(dataDir);
    assert.deepEqual(
      { ...report, bytes: report.bytes > 0 },
      {
        repositories: 1,
        manifests: 2,
        tags: 1,
        blobs: 4,
        bytes: true,
        problems: [],
      },
    );
  });
});

Deno.test("checkStore() names and puts away damaged content", async () => {
  await withDirectory(async (dataDir) => {
    const { layer } = await fillStore(dataDir);
    await Deno.writeTextFile(blobPath(dataDir, layer), "layer of 2");
    const seen: string[] = [];
    const report = await checkStore(dataDir, {
      repair: true,
      onProblem: ({ message }) => seen.push(message),
    });
    assert.deepEqual(
      report.problems.map(({ kind, repaired }) => [
        kind,
        repaired,
      ]),
      [
        ["damaged-content", true],
        ["link-to-nothing", true],
        ["missing-blob", false],
      ],
    );
    assert.match(seen[0] ?? "", new RegExp(`^The content "${layer}" has the `));
    const kept = `${dataDir}/damaged/sha256-${hexOf(layer)}`;
    assert.equal(await Deno.readTextFile(kept), "layer of 2");
    // A client is told that it is not there, and sends it again.
    await withRegistryOn(dataDir, async (registry) => {
      const { status } = await registry.send("HEAD", `/v2/a/blobs/${layer}`);
      assert.equal(status, 404);
      await pushBlob(registry, "a", "layer of 1");
    });
    assert.deepEqual((await checkStore(dataDir)).problems, []);
  });
});

Deno.test("checkStore() writes nothing unless it repairs", async () => {
  await withDirectory(async (dataDir) => {
    await fillStore(dataDir);
    await Deno.writeTextFile(`${dataDir}/tmp/half`, "");
    await checkStore(dataDir);
    assert.equal(await Deno.readTextFile(`${dataDir}/tmp/half`), "");
    await checkStore(dataDir, { repair: true });
    assert.deepEqual(await namesIn(`${dataDir}/tmp`), []);
  });
});

Deno.test("checkStore() can be given up", async () => {
  await withDirectory(async (dataDir) => {
    await fillStore(dataDir);
    await assert.rejects(
      checkStore(dataDir, { signal: AbortSignal.abort() }),
      { name: "AbortError" },
    );
  });
});

Deno.test("checkStore() leaves a store that is served alone", async () => {
  await withDirectory(async (dataDir) => {
    await withRegistryOn(dataDir, async () => {
      await assert.rejects(checkStore(dataDir), StoreLockedError);
      await assert.rejects(
        checkStore(dataDir, { repair: true }),
        StoreLockedError,
      );
    });
    await assert.rejects(
      checkStore(`${dataDir}/absent`),
      Deno.errors.NotFound,
    );
  });
});
