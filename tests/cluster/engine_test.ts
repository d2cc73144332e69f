import { strict as assert } from "node:assert";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { withNamespace } from "./support/cluster.ts";
import { type EngineKind, withEngine } from "./support/engines.ts";
import { imagesOfDockerArchive } from "./support/expected_images.ts";
import { pull } from "./support/pulls.ts";
import type { ProgramResult } from "./support/program.ts";
import { assertDone, assertFailed, push } from "./support/pushes.ts";
import { assertImage } from "./support/readers.ts";
import { startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

/** What the program may need at its peak, in bytes. */
const MEMORY_LIMIT = 200_000_000;

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

for (const kind of ["docker", "podman"] satisfies EngineKind[]) {
  Deno.test(`an image of ${kind} is pushed, and pulled back into it`, async () => {
    const archive = await makeScriptImage(await scratch.folder(kind), kind);
    const [expected] = await imagesOfDockerArchive(archive);
    assert.ok(expected?.imageId);
    await withNamespace("engine", async (namespace) => {
      const registry = await startRegistry(namespace);
      await withEngine(kind, async (engine) => {
        const env = { DOCKER_HOST: engine.address };
        await engine.load(archive);
        const name = `k8scr.test/${expected.name}`;
        const pushed = await push(registry, [name], { env });
        assertDone(pushed);
        assert.match(pushed.stderr, new RegExp(`at ${engine.address}$`, "m"));
        await assertImage(registry, expected);
        const args = [expected.name, "docker-daemon:back/again:2"];
        assertDone(await pull(registry, args, { env }));
        assert.equal(await engine.imageId("back/again:2"), expected.imageId);
      });
    });
  });
}

Deno.test("push says that the engine has no such image, or does not run", async () => {
  await withEngine("podman", async ({ address }) => {
    const target = { target: "none", namespace: "default" };
    const env = { DOCKER_HOST: address };
    const missing = await push(target, ["docker-daemon:cool/nope:1"], { env });
    assertFailed(missing, 2, /^error from the engine: .*cool\/nope:1/);
    const other = { DOCKER_HOST: `${address}.gone` };
    const gone = await push(target, ["cool/nope:1"], { env: other });
    assertFailed(gone, 4, /^error on the way to the engine: /);
  });
});

Deno.test("an image of 1.2 GB goes from docker, and into podman, in 200 MB of memory", async () => {
  const layers = Array.from(
    { length: 4 },
    () => ({ filling: "noise", size: 300 * MEBIBYTE }) as const,
  );
  const archive = scratch.path("four.tar");
  const image = await writeBigImage(archive, "big/four:1", layers);
  await withNamespace("engine-memory", async (namespace) => {
    const registry = await startRegistry(namespace);
    await withEngine("docker", async (docker) => {
      await docker.load(archive);
      await Deno.remove(archive);
      const pushed = await push(registry, ["k8scr.test/big/four:1"], {
        env: { DOCKER_HOST: docker.address },
        measureMemory: true,
      });
      assertFrugal(pushed);
    });
    await withEngine("podman", async (podman) => {
      const pulled = await pull(registry, ["big/four:1"], {
        env: { DOCKER_HOST: podman.address },
        measureMemory: true,
      });
      assertFrugal(pulled);
      assert.equal(await podman.imageId("big/four:1"), image.imageId);
    });
  });
});

function assertFrugal(result: ProgramResult): void {
  assertDone(result);
  const { peakMemory = Infinity } = result;
  assert.ok(peakMemory <= MEMORY_LIMIT, `peak memory is ${peakMemory} bytes`);
}
