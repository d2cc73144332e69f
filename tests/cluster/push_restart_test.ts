import { strict as assert } from "node:assert";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { crashApiServer, withNamespace } from "./support/cluster.ts";
import { receivedBytes } from "./support/pod_traffic.ts";
import { assertDone, assertPrinted, push } from "./support/pushes.ts";
import { startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { UploadMeter } from "./support/upload_meter.ts";

const scratch = new Scratch();

const LAYER_SIZE = 300 * MEBIBYTE;
const LAYER_COUNT = 4;
const TOTAL = LAYER_SIZE * LAYER_COUNT;

/** When the API server is killed: what has been sent by then, of all bytes. */
const MOMENTS = [0.05, 0.3, 0.6];

/** A line in a second must not pass over a moment. */
const SLOWLY = ["--progress", "json", "--limit-rate", "100M"];

Deno.test.afterAll(() => scratch.remove());

Deno.test("push goes on when the API server is killed three times", async () => {
  const path = scratch.path("big.tar");
  const layers = Array.from(
    { length: LAYER_COUNT },
    () => ({ filling: "noise", size: LAYER_SIZE }) as const,
  );
  const image = await writeBigImage(path, "big/restart:1", layers);
  await withNamespace("push-restart", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    const before = await receivedBytes(registry);
    const meter = new UploadMeter();
    const kills: number[] = [];
    const result = await push(registry, [path, ...SLOWLY], {
      async onLine(line) {
        const share = meter.read(line) / TOTAL;
        const wanted = MOMENTS[kills.length];
        if (wanted === undefined || share < wanted) return;
        kills.push(share);
        await crashApiServer();
      },
    });
    assertDone(result);
    assert.equal(kills.length, MOMENTS.length);
    assert.ok(kills.every((share) => share < 0.9), `killed at ${kills}`);
    const ratio = (await receivedBytes(registry) - before) / TOTAL;
    assert.ok(ratio <= 1.05, `${ratio} times the bytes, killed at ${kills}`);
    const expected = { name: "big/restart:1", ...image };
    await assertPrinted(registry, result, [expected]);
  });
});
