import { strict as assert } from "node:assert";
import { freePort, withNamespace } from "./support/cluster.ts";
import { outputOfPod } from "./support/pod_output.ts";
import { assertDone, push } from "./support/pushes.ts";
import { crane } from "./support/readers.ts";
import {
  type Registry,
  REGISTRY_KINDS,
  startRegistry,
} from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();

/** Media types of layers by the value of `--compression`. */
const LAYER_TYPES = {
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  none: "application/vnd.oci.image.layer.v1.tar",
};

Deno.test.afterAll(() => scratch.remove());

for (const kind of REGISTRY_KINDS) {
  Deno.test(`a Pod runs what was pushed to ${kind}`, async () => {
    await withNamespace("push-run", async (namespace) => {
      const hostPort = freePort();
      const registry = await startRegistry(namespace, kind, { hostPort });
      const image = await makeScriptImage(await scratch.folder("run"), kind);
      assertDone(await push(registry, [image]));
      const reference = `localhost:${hostPort}/forms/${kind}:1`;
      const output = await outputOfPod(namespace, reference);
      assert.equal(output, `this is ${kind}\n`);
    });
  });
}

for (const [compression, layerType] of Object.entries(LAYER_TYPES)) {
  Deno.test(`a Pod runs what was pushed with --compression ${compression}`, async () => {
    await withNamespace("push-run", async (namespace) => {
      const hostPort = freePort();
      const registry = await startRegistry(namespace, "distribution-3", {
        hostPort,
      });
      const name = `compression-${compression}`;
      const image = await makeScriptImage(await scratch.folder("run"), name);
      assertDone(await push(registry, [image, "--compression", compression]));
      assert.deepEqual(
        new Set(await layerTypes(registry, `forms/${name}:1`)),
        new Set([layerType]),
      );
      const reference = `localhost:${hostPort}/forms/${name}:1`;
      const output = await outputOfPod(namespace, reference);
      assert.equal(output, `this is ${name}\n`);
    });
  });
}

async function layerTypes(registry: Registry, name: string): Promise<string[]> {
  const manifest = await crane("manifest", `${registry.address}/${name}`);
  const { layers }: { layers: { mediaType: string }[] } = JSON.parse(manifest);
  return layers.map((layer) => layer.mediaType);
}
