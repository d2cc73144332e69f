import { strict as assert } from "node:assert";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { kubectl, withNamespace } from "./support/cluster.ts";
import { receivedBytes } from "./support/pod_traffic.ts";
import type { ProgramResult } from "./support/program.ts";
import { assertDone, assertPrinted, push } from "./support/pushes.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { startServe } from "./support/serve_registry.ts";
import { UploadMeter } from "./support/upload_meter.ts";

const scratch = new Scratch();

const NAME = "big/resumed:1";
const LAYER_SIZE = 100 * MEBIBYTE;
const LAYER_COUNT = 4;
const TOTAL = LAYER_COUNT * LAYER_SIZE;

/** Slow enough for its progress, a line in a second, to come before its end. */
const SLOWLY = ["--limit-rate", "20M"];
const LESS_SLOWLY = ["--limit-rate", "60M"];
/** Beyond it the end may come before the line. */
const LAST_MOMENT = 0.9;

const archive = once(async () => {
  const path = scratch.path("resumed.tar");
  const layers = Array.from(
    { length: LAYER_COUNT },
    () => ({ filling: "noise", size: LAYER_SIZE }) as const,
  );
  return { path, ...await writeBigImage(path, NAME, layers) };
});

/** Some layers are whole in the registry long before the others. */
const mixedArchive = once(async () => {
  const path = scratch.path("mixed.tar");
  const layers = [600, 300, 225, 75].map((size) =>
    ({ filling: "noise", size: size * MEBIBYTE }) as const
  );
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  return { path, total, ...await writeBigImage(path, NAME, layers) };
});

Deno.test.afterAll(() => scratch.remove());

const STARTS = {
  "distribution 3": (namespace: string) => startRegistry(namespace),
  "k8scr serve": startServe,
};

for (const [kind, start] of Object.entries(STARTS)) {
  Deno.test(`push to ${kind} goes on where kill -9 stopped it, ten times`, async () => {
    const { path, total, ...image } = await mixedArchive();
    await withNamespace("push-resume", async (namespace) => {
      const registry = await start(namespace);
      const before = await receivedBytes(registry);
      const moments = Array.from(
        { length: 10 },
        () => Math.random() * LAST_MOMENT,
      ).toSorted();
      for (const moment of moments) {
        const result = await stopAt(
          moment * total,
          "SIGKILL",
          registry,
          path,
          LESS_SLOWLY,
        );
        assert.equal(result.code, 137, result.stderr);
      }
      const result = await pushAgain(registry, path);
      assertDone(result);
      assert.match(result.stderr, /An earlier push sent .* it goes on there/);
      await assertPrinted(registry, result, [{ name: NAME, ...image }]);
      const received = await receivedBytes(registry) - before;
      const ratio = received / total;
      assert.ok(
        ratio <= 1.05,
        `${ratio} times the bytes after kills at ${moments}`,
      );
      assert.deepEqual(await namesIn(scratch.path("state/k8scr")), []);
    });
  });
}

Deno.test("push goes on after Ctrl-C and a reboot of the registry", async () => {
  const { path, ...image } = await archive();
  await withNamespace("push-resume", async (namespace) => {
    const options = {
      volumes: { "/var/lib/registry": { hostPath: await storage() } },
      // The locations of sessions are signed with it.
      env: { REGISTRY_HTTP_SECRET: "the same after a reboot" },
    };
    const first = await startRegistry(namespace, "distribution-3", options);
    const before = await receivedBytes(first);
    const stopped = await stopAt(0.6 * TOTAL, "SIGINT", first, path);
    assert.equal(stopped.code, 130, stopped.stderr);
    const receivedFirst = await receivedBytes(first) - before;
    await kubectl(["delete", "pod", first.pod, "-n", namespace, "--now"]);
    const second = await startRegistry(namespace, "distribution-3", options);
    const rebooted = await receivedBytes(second);
    const result = await pushAgain(second, path);
    assertDone(result);
    await assertPrinted(second, result, [{ name: NAME, ...image }]);
    const received = receivedFirst + await receivedBytes(second) - rebooted;
    assert.ok(received <= 1.05 * TOTAL, `${received / TOTAL} times the bytes`);
  });
});

Deno.test("push starts again where a registry cannot tell what it has", async () => {
  const { path, ...image } = await archive();
  await withNamespace("push-resume", async (namespace) => {
    const registry = await startRegistry(namespace, "crane");
    const killed = await stopAt(0.3 * TOTAL, "SIGKILL", registry, path);
    assert.equal(killed.code, 137, killed.stderr);
    const result = await pushAgain(registry, path);
    assertDone(result);
    assert.match(result.stderr, /the registry cannot tell what it has of it/);
    await assertPrinted(registry, result, [{ name: NAME, ...image }]);
  });
});

Deno.test("push --no-resume keeps nothing, and gives its uploads up", async () => {
  const { path } = await archive();
  await withNamespace("push-resume", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    const args = [...SLOWLY, "--no-resume"];
    const stopped = await stopAt(0.2 * TOTAL, "SIGINT", registry, path, args);
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.deepEqual(await namesIn(scratch.path("state/k8scr")), []);
  });
});

/** The pushes of a test share what they remember. */
function pushAgain(
  registry: Registry,
  path: string,
  args: readonly string[] = [],
  onLine: Parameters<typeof push>[2] = {},
): Promise<ProgramResult> {
  const env = { XDG_STATE_HOME: scratch.path("state") };
  const flags = ["--progress", "json", ...args];
  return push(registry, [path, ...flags], { env, ...onLine });
}

/** Pushes, and sends a signal when so many bytes have been sent. */
async function stopAt(
  bytes: number,
  signal: Deno.Signal,
  registry: Registry,
  path: string,
  args: readonly string[] = SLOWLY,
): Promise<ProgramResult> {
  const meter = new UploadMeter();
  let sent = false;
  return await pushAgain(registry, path, args, {
    onLine(line, process) {
      if (sent || meter.read(line) < bytes) return;
      sent = true;
      process.kill(signal);
    },
  });
}

async function storage(): Promise<{ path: string; type: string }> {
  const path = scratch.path("registry");
  await Deno.mkdir(path);
  return { path, type: "Directory" };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
