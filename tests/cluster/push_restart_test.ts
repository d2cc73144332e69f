import { strict as assert } from "node:assert";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { crashApiServer, withNamespace } from "./support/cluster.ts";
import { assertDone, assertPrinted, push } from "./support/pushes.ts";
import { startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { UploadMeter } from "./support/upload_meter.ts";

const scratch = new Scratch();

const LAYER_SIZE = 300 * MEBIBYTE;
const LAYER_COUNT = 4;

Deno.test.afterAll(() => scratch.remove());

Deno.test("push goes on when the API server is killed and comes back", async () => {
  const path = scratch.path("big.tar");
  const layers = Array.from(
    { length: LAYER_COUNT },
    () => ({ filling: "noise", size: LAYER_SIZE }) as const,
  );
  const image = await writeBigImage(path, "big/restart:1", layers);
  await withNamespace("push-restart", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    const meter = new UploadMeter();
    let sentBefore: number | undefined;
    const result = await push(registry, [path, "--progress", "json"], {
      async onLine(line) {
        const bytes = meter.read(line);
        if (bytes === 0 || sentBefore !== undefined) return;
        sentBefore = bytes;
        await crashApiServer();
      },
    });
    assertDone(result);
    assert.ok(sentBefore !== undefined, "no progress was printed");
    assert.ok(sentBefore < LAYER_COUNT * LAYER_SIZE / 2, "it was too late");
    const expected = { name: "big/restart:1", ...image };
    await assertPrinted(registry, result, [expected]);
  });
});
