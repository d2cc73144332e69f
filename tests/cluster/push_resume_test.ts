import { strict as assert } from "node:assert";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { kubectl, withNamespace } from "./support/cluster.ts";
import { receivedBytes } from "./support/pod_traffic.ts";
import type { ProgramResult } from "./support/program.ts";
import { assertDone, assertPrinted, push } from "./support/pushes.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { UploadMeter } from "./support/upload_meter.ts";

const scratch = new Scratch();

const NAME = "big/resumed:1";
const LAYER_SIZE = 100 * MEBIBYTE;
const LAYER_COUNT = 4;

/** Slow enough for its progress, a line in a second, to come before its end. */
const SLOWLY = ["--limit-rate", "20M"];
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

Deno.test.afterAll(() => scratch.remove());

Deno.test("push goes on where kill -9 stopped it, at random moments", async () => {
  const { path, ...image } = await archive();
  await withNamespace("push-resume", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    const before = await receivedBytes(registry);
    const moments = Array.from(
      { length: 4 },
      () => Math.random() * LAST_MOMENT,
    ).toSorted();
    for (const moment of moments) {
      const result = await stopAt(moment, "SIGKILL", registry, path);
      assert.equal(result.code, 137, result.stderr);
    }
    const result = await pushAgain(registry, path);
    assertDone(result);
    assert.match(result.stderr, /An earlier push sent .* it goes on there/);
    await assertPrinted(registry, result, [{ name: NAME, ...image }]);
    const received = await receivedBytes(registry) - before;
    const total = LAYER_COUNT * LAYER_SIZE;
    assert.ok(
      received <= 1.05 * total,
      `${received / total} times the bytes after kills at ${moments}`,
    );
    assert.deepEqual(await namesIn(scratch.path("state/k8scr")), []);
  });
});

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
    const stopped = await stopAt(0.6, "SIGINT", first, path);
    assert.equal(stopped.code, 130, stopped.stderr);
    const receivedFirst = await receivedBytes(first) - before;
    await kubectl(["delete", "pod", first.pod, "-n", namespace, "--now"]);
    const second = await startRegistry(namespace, "distribution-3", options);
    const rebooted = await receivedBytes(second);
    const result = await pushAgain(second, path);
    assertDone(result);
    await assertPrinted(second, result, [{ name: NAME, ...image }]);
    const received = receivedFirst + await receivedBytes(second) - rebooted;
    const total = LAYER_COUNT * LAYER_SIZE;
    assert.ok(received <= 1.05 * total, `${received / total} times the bytes`);
  });
});

Deno.test("push starts again where a registry cannot tell what it has", async () => {
  const { path, ...image } = await archive();
  await withNamespace("push-resume", async (namespace) => {
    const registry = await startRegistry(namespace, "crane");
    const killed = await stopAt(0.3, "SIGKILL", registry, path);
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
    const args = ["--no-resume"];
    const stopped = await stopAt(0.2, "SIGINT", registry, path, args);
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

/** Pushes, and sends a signal when so much of the image has been sent. */
async function stopAt(
  moment: number,
  signal: Deno.Signal,
  registry: Registry,
  path: string,
  args: readonly string[] = [],
): Promise<ProgramResult> {
  const meter = new UploadMeter();
  let sent = false;
  return await pushAgain(registry, path, [...SLOWLY, ...args], {
    onLine(line, process) {
      if (sent || meter.read(line) < moment * LAYER_COUNT * LAYER_SIZE) return;
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
