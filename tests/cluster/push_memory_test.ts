import { strict as assert } from "node:assert";
import { withNamespace } from "./support/cluster.ts";
import {
  type BigImage,
  type BigLayer,
  MEBIBYTE,
  writeBigImage,
} from "./support/big_image.ts";
import { succeed } from "./support/command.ts";
import { sha256 } from "./support/expected_images.ts";
import type { ProgramResult } from "./support/program.ts";
import { assertDone, push } from "./support/pushes.ts";
import { assertImage, crane } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";

/** What the program may need at its peak, in bytes. */
const MEMORY_LIMIT = 200_000_000;

const GIBIBYTE = 1024 * MEBIBYTE;
const ONE_HUGE_LAYER: BigLayer[] = [{ filling: "zeros", size: 8 * GIBIBYTE }];
const FOUR_LAYERS: BigLayer[] = Array.from(
  { length: 4 },
  () => ({ filling: "noise", size: 300 * MEBIBYTE }),
);

const scratch = new Scratch();
const huge = once(() => makeImage("huge", ONE_HUGE_LAYER));

Deno.test.afterAll(() => scratch.remove());

/**
 * Where the registry puts the layer, by how it is compressed: 8 GB would keep a
 * slow disk busy for minutes.
 */
const DATA = { gzip: {}, none: { medium: "Memory" } };

for (const [compression, data] of Object.entries(DATA)) {
  Deno.test(`a layer of 8 GB goes in 200 MB of memory with --compression ${compression}`, async () => {
    const { path, image } = await huge();
    await withNamespace("push-memory", async (namespace) => {
      const registry = await startRegistry(namespace, "distribution-3", {
        data,
      });
      const flags = ["--compression", compression];
      const result = await push(registry, [path, ...flags], {
        measureMemory: true,
      });
      assertFrugal(result);
      await assertHugeImage(registry, image);
    });
  });
}

Deno.test("an image of 1.2 GB in 4 layers goes in 200 MB of memory", async () => {
  const { path, image } = await makeImage("four", FOUR_LAYERS);
  await withNamespace("push-memory", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    assertFrugal(await push(registry, [path], { measureMemory: true }));
    await assertImage(registry, { name: "big/four:1", ...image });
  });
});

async function makeImage(
  name: string,
  layers: readonly BigLayer[],
): Promise<{ path: string; image: BigImage }> {
  const path = scratch.path(`${name}.tar`);
  const image = await writeBigImage(path, `big/${name}:1`, layers);
  return { path, image };
}

function assertFrugal(result: ProgramResult): void {
  assertDone(result);
  assert.deepEqual(result.temporary, [], "something was put into $TMPDIR");
  const { peakMemory = Infinity } = result;
  assert.ok(peakMemory <= MEMORY_LIMIT, `peak memory is ${peakMemory} bytes`);
}

/** Reads the layer once; the other readers would read it three times more. */
async function assertHugeImage(
  registry: Registry,
  image: BigImage,
): Promise<void> {
  const repository = `${registry.address}/big/huge`;
  assert.equal(sha256(await crane("config", `${repository}:1`)), image.imageId);
  const manifest = JSON.parse(await crane("manifest", `${repository}:1`));
  const { digest, mediaType } = manifest.layers[0];
  const unpack = mediaType.endsWith("+gzip") ? "gzip -dc" : "cat";
  const hash = await succeed([
    ...["sh", "-c", `crane blob --insecure "$0" | ${unpack} | sha256sum`],
    `${repository}@${digest}`,
  ]);
  assert.equal(`sha256:${hash.slice(0, 64)}`, image.diffIds[0]);
}
