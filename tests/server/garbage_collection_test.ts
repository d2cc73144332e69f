import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import { collectGarbage } from "../../src/server/garbage_collection.ts";
import { RegistryStore } from "../../src/server/registry_store.ts";
import {
  imageIndex,
  imageManifest,
  INDEX,
  openUpload,
  pushBlob,
  pushImage,
  pushManifest,
  type TestRegistry,
  withDirectory,
  withRegistry,
  withRegistryOn,
} from "./registry_fixture.ts";

const HOUR = 60 * 60 * 1000;

/** Makes all files of a store look two hours old. */
async function age(directory: string): Promise<void> {
  const then = new Date(Date.now() - 2 * HOUR);
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) await age(path);
    else await Deno.utime(path, then, then);
  }
}

/** Takes the bytes of a blob or manifest away, as a broken disk does. */
async function loseBytes(
  { dataDir }: TestRegistry,
  digest: string,
): Promise<void> {
  const hex = digest.slice("sha256:".length);
  const blobs = `${dataDir}/docker/registry/v2/blobs/sha256`;
  await Deno.remove(`${blobs}/${hex.slice(0, 2)}/${hex}/data`);
}

async function there(
  registry: TestRegistry,
  paths: Readonly<Record<string, string>>,
): Promise<string[]> {
  const names: string[] = [];
  for (const [name, path] of Object.entries(paths)) {
    const { status } = await registry.send("GET", `/v2/a/${path}`);
    if (status === 200) names.push(name);
  }
  return names;
}

/** What was pushed to a registry, all of it two hours old. */
async function withOldRegistry(
  push: (registry: TestRegistry) => Promise<Record<string, string>>,
  check: (
    registry: TestRegistry,
    paths: Record<string, string>,
  ) => Promise<void>,
): Promise<void> {
  await withRegistry(async (registry) => {
    const paths = await push(registry);
    await age(registry.dataDir);
    await check(registry, paths);
  }, { gcGrace: HOUR });
}

Deno.test("collectGarbage() keeps what tags need, and their referrers", async () => {
  await withOldRegistry(async (registry) => {
    const tagged = await pushImage(registry, "a", { name: "1", tag: "v1" });
    const child = await pushImage(registry, "a", { name: "2" });
    const index = await pushManifest(registry, "a", {
      document: imageIndex([child.manifest]),
      tag: "index",
      mediaType: INDEX,
    });
    const { config } = tagged;
    const signature = await pushManifest(registry, "a", {
      document: imageManifest({ config, subject: child.manifest }),
    });
    const signatureOfIt = await pushManifest(registry, "a", {
      document: imageManifest({ config, subject: signature }),
    });
    const loose = await pushImage(registry, "a", { name: "3" });
    const looseSignature = await pushManifest(registry, "a", {
      document: imageManifest({ config, subject: loose.manifest }),
    });
    return {
      tagged: `manifests/${tagged.manifest}`,
      layer: `blobs/${tagged.layer}`,
      index: `manifests/${index}`,
      child: `manifests/${child.manifest}`,
      childLayer: `blobs/${child.layer}`,
      signature: `manifests/${signature}`,
      signatureOfIt: `manifests/${signatureOfIt}`,
      loose: `manifests/${loose.manifest}`,
      looseLayer: `blobs/${loose.layer}`,
      looseSignature: `manifests/${looseSignature}`,
    };
  }, async (registry, paths) => {
    const report = await registry.server.collectGarbage();
    assert.deepEqual(
      { ...report, bytes: report.bytes > 0, seconds: 0 },
      {
        manifests: 2,
        links: 2,
        blobs: 4,
        uploads: 0,
        bytes: true,
        seconds: 0,
      },
    );
    assert.deepEqual(await there(registry, paths), [
      "tagged",
      "layer",
      "index",
      "child",
      "childLayer",
      "signature",
      "signatureOfIt",
    ]);
  });
});

Deno.test("collectGarbage() keeps what is young", async () => {
  await withRegistry(async (registry) => {
    const image = await pushImage(registry, "a", { name: "1" });
    const blob = await pushBlob(registry, "a", "manifest to come");
    const location = await openUpload(registry, "a");
    const report = await registry.server.collectGarbage();
    assert.deepEqual(
      { ...report, seconds: 0 },
      { manifests: 0, links: 0, blobs: 0, uploads: 0, bytes: 0, seconds: 0 },
    );
    const paths = {
      manifest: `manifests/${image.manifest}`,
      blob: `blobs/${blob}`,
    };
    assert.deepEqual(await there(registry, paths), ["manifest", "blob"]);
    assert.equal((await registry.send("GET", location)).status, 204);
  }, { gcGrace: HOUR });
});

Deno.test("collectGarbage() keeps what a client was told is there", async () => {
  await withOldRegistry(async (registry) => {
    const image = await pushImage(registry, "a", { name: "1" });
    const index = await pushManifest(registry, "a", {
      document: imageIndex([image.manifest]),
      mediaType: INDEX,
    });
    const blob = await pushBlob(registry, "a", "lonely");
    const other = await pushBlob(registry, "a", "forgotten");
    return {
      index: `manifests/${index}`,
      manifest: `manifests/${image.manifest}`,
      layer: `blobs/${image.layer}`,
      blob: `blobs/${blob}`,
      other: `blobs/${other}`,
    };
  }, async (registry, paths) => {
    await registry.send("HEAD", `/v2/a/${paths.index}`);
    await registry.send("HEAD", `/v2/a/${paths.blob}`);
    await registry.server.collectGarbage();
    assert.deepEqual(await there(registry, paths), [
      "index",
      "manifest",
      "layer",
      "blob",
    ]);
  });
});

Deno.test("collectGarbage() keeps what a running request holds", async () => {
  await withDirectory(async (dataDir) => {
    let digests: string[] = [];
    await withRegistryOn(dataDir, async (registry) => {
      const image = await pushImage(registry, "a", { name: "1" });
      const index = await pushManifest(registry, "a", {
        document: imageIndex([image.manifest]),
        mediaType: INDEX,
      });
      digests = [index, image.manifest, image.config, image.layer];
    });
    await age(dataDir);
    const store = await RegistryStore.open(dataDir);
    try {
      const [index = ""] = digests;
      // As if a client were just being told that the index is there.
      using _hold = store.guard.hold(parseDigest(index));
      const report = await collectGarbage(store, { grace: HOUR });
      assert.equal(report.blobs, 0);
    } finally {
      store.close();
    }
    await withRegistryOn(dataDir, async (registry) => {
      const [index, manifest, ...blobs] = digests;
      const paths = {
        index: `manifests/${index}`,
        manifest: `manifests/${manifest}`,
        config: `blobs/${blobs[0]}`,
        layer: `blobs/${blobs[1]}`,
      };
      assert.deepEqual(await there(registry, paths), Object.keys(paths));
    });
  });
});

Deno.test("collectGarbage() gives a tag that moved its grace", async () => {
  await withOldRegistry(async (registry) => {
    const image = await pushImage(registry, "a", { name: "1", tag: "v1" });
    return {
      old: `manifests/${image.manifest}`,
      layer: `blobs/${image.layer}`,
    };
  }, async (registry, paths) => {
    await pushImage(registry, "a", { name: "2", tag: "v1" });
    await registry.server.collectGarbage();
    // Someone may have resolved the tag a moment before, and be pulling.
    assert.deepEqual(await there(registry, paths), ["old", "layer"]);
  });
});

Deno.test("collectGarbage() keeps the blobs of other repositories", async () => {
  await withOldRegistry(async (registry) => {
    const image = await pushImage(registry, "a", { name: "1", tag: "v1" });
    await pushImage(registry, "b", { name: "1", tag: "v1" });
    await registry.send("DELETE", `/v2/b/manifests/${image.manifest}`);
    return { image: "manifests/v1", layer: `blobs/${image.layer}` };
  }, async (registry, paths) => {
    const report = await registry.server.collectGarbage();
    assert.equal(report.links, 2);
    assert.equal(report.blobs, 0);
    assert.deepEqual(await there(registry, paths), ["image", "layer"]);
  });
});

Deno.test("collectGarbage() ends uploads that nobody goes on with", async () => {
  await withOldRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    await registry.send("PATCH", location, { body: "x".repeat(1000) });
    return { location };
  }, async (registry, { location = "" }) => {
    const report = await registry.server.collectGarbage();
    assert.equal(report.uploads, 1);
    assert.equal(report.bytes, 1000);
    assert.equal((await registry.send("GET", location)).status, 404);
  });
});

Deno.test("collectGarbage() frees what a delete left", async () => {
  await withOldRegistry(async (registry) => {
    const image = await pushImage(registry, "a", { name: "1", tag: "v1" });
    await registry.send("DELETE", `/v2/a/manifests/${image.manifest}`);
    return {};
  }, async (registry) => {
    const report = await registry.server.collectGarbage();
    assert.equal(report.blobs, 3);
    const metrics = await registry.send("GET", "/metrics");
    assert.match(metrics.text, /k8scr_registry_storage_bytes 0\n/);
    const counted = `k8scr_registry_collected_bytes_total ${report.bytes}\n`;
    assert.ok(metrics.text.includes(counted));
  });
});

Deno.test("collectGarbage() leaves blobs alone where a manifest is unreadable", async () => {
  await withOldRegistry(async (registry) => {
    const image = await pushImage(registry, "a", { name: "1", tag: "v1" });
    const blob = await pushBlob(registry, "a", "perhaps needed");
    await loseBytes(registry, image.manifest);
    return { blob: `blobs/${blob}` };
  }, async (registry, paths) => {
    await registry.server.collectGarbage();
    assert.deepEqual(await there(registry, paths), ["blob"]);
  });
});

Deno.test("collectGarbage() leaves manifests alone where one that is needed is unreadable", async () => {
  await withOldRegistry(async (registry) => {
    const child = await pushImage(registry, "a", { name: "1" });
    const index = await pushManifest(registry, "a", {
      document: imageIndex([child.manifest]),
      tag: "index",
      mediaType: INDEX,
    });
    const loose = await pushImage(registry, "b", { name: "2" });
    await loseBytes(registry, index);
    await loseBytes(registry, loose.manifest);
    return { child: `manifests/${child.manifest}` };
  }, async (registry, paths) => {
    const report = await registry.server.collectGarbage();
    assert.deepEqual(await there(registry, paths), ["child"]);
    // What nobody needs goes, readable or not.
    assert.equal(report.manifests, 1);
  });
});
