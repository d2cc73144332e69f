import { strict as assert } from "node:assert";
import { sleep } from "../../src/http/backoff.ts";
import { startApiFront } from "./support/api_front.ts";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { withNamespace } from "./support/cluster.ts";
import { receivedBytes } from "./support/pod_traffic.ts";
import { assertDone, push } from "./support/pushes.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";

const scratch = new Scratch();

/** Bytes in a second that `20M` stands for. */
const RATE = 20_000_000;

const archive = once(async () => {
  const path = scratch.path("paced.tar");
  const layer = { filling: "noise", size: 90 * MEBIBYTE } as const;
  await writeBigImage(path, "big/paced:1", [layer, layer, layer]);
  return path;
});

Deno.test.afterAll(() => scratch.remove());

Deno.test("push --limit-rate keeps within 5 % over ten seconds", async () => {
  const path = await archive();
  await withNamespace("push-pace", async (namespace) => {
    const registry = await startRegistry(namespace);
    let measured: Promise<number> | undefined;
    const args = ["--limit-rate", "20M", "--progress", "json"];
    // A rate that the compressor does not reach would say nothing.
    args.push("--compression", "none");
    assertDone(
      await push(registry, [path, ...args], {
        onLine(line) {
          if (line.includes('"step-progress"')) {
            measured ??= rateOf(registry, 10);
          }
        },
      }),
    );
    const share = (await measured ?? 0) / RATE;
    assert.ok(share > 0.95 && share < 1.05, `${share} of the rate`);
  });
});

Deno.test("push --polite slows down when the API server takes three times as long", async () => {
  const path = await archive();
  await withNamespace("push-pace", async (namespace) => {
    const registry = await startRegistry(namespace);
    let slow = false;
    let rate: Promise<number> | undefined;
    await using front = await startApiFront(await scratch.folder("front"), {
      async instead({ url }) {
        if (!slow || !url.endsWith("/readyz")) return undefined;
        await sleep(300);
        return undefined;
      },
    });
    const args = ["--polite", "--limit-rate", "20M", "--progress", "json"];
    const result = await push(registry, [path, ...args, ...front.flags], {
      onLine(line) {
        if (line.includes('"step-progress"') && rate === undefined) slow = true;
        if (!/The API server takes \d+ ms/.test(line)) return;
        rate ??= rateOf(registry, 4).finally(() => slow = false);
      },
    });
    assertDone(result);
    assert.match(result.stderr, /: at most .* in a second now/);
    assert.match(result.stderr, /The API server is quick again/);
    const share = (await rate ?? NaN) / RATE;
    assert.ok(share < 0.6, `${share} of the rate`);
  });
});

/** Returns the bytes that a registry receives in a second, over some seconds. */
async function rateOf(registry: Registry, seconds: number): Promise<number> {
  const before = await receivedBytes(registry);
  const start = performance.now();
  await sleep(1000 * seconds);
  const received = await receivedBytes(registry) - before;
  return received / ((performance.now() - start) / 1000);
}
