import { strict as assert } from "node:assert";
import type {
  LayerOrder,
  LayerReport,
} from "../../src/archive/layer_protocol.ts";
import {
  LAYER_BLOCK_SIZE,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import { sampleBytes, writeLayerFile } from "./layer_files.ts";

/** The worker itself, spoken to without anything between. */
class BareWorker implements Disposable {
  readonly #worker = new Worker(
    new URL("../../src/archive/layer_worker.ts", import.meta.url),
    { type: "module" },
  );
  readonly #reports: LayerReport[] = [];
  #wake = () => {};

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<LayerReport>) => {
      this.#reports.push(data);
      this.#wake();
    };
  }

  order(order: LayerOrder): void {
    this.#worker.postMessage(order);
  }

  /** Returns the next report that is not about a block. */
  async next(): Promise<LayerReport> {
    while (true) {
      const report = this.#reports.shift();
      if (report !== undefined && report.type !== "block") return report;
      if (report === undefined) {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

const SKIP = { blocks: 0, bytes: 0 };
const LONG = sampleBytes(7 * LAYER_BLOCK_SIZE);
const SHORT = sampleBytes(100);

Deno.test("the layer worker posts no more chunks than it has credit for", async () => {
  await using long = await writeLayerFile(LONG);
  await using short = await writeLayerFile(SHORT);
  const none = layerEncoding("none");
  using worker = new BareWorker();
  const job = { ...long.job, encoding: none };
  worker.order({ type: "start", id: 1, job, skip: SKIP });
  const seen: string[] = [];
  for (let count = 0; count < 4; count++) seen.push((await worker.next()).type);
  // A second layer passes the first, which has no credit left.
  const second = { ...short.job, encoding: none };
  worker.order({ type: "start", id: 2, job: second, skip: SKIP });
  for (let count = 0; count < 2; count++) {
    const report = await worker.next();
    assert.equal(report.id, 2);
    seen.push(report.type);
  }
  for (let count = 0; count < 3; count++) {
    worker.order({ type: "credit", id: 1 });
    const report = await worker.next();
    assert.equal(report.id, 1);
    seen.push(report.type);
  }
  seen.push((await worker.next()).type);
  assert.deepEqual(seen, [
    ...Array(4).fill("chunk"),
    "chunk",
    "done",
    ...Array(3).fill("chunk"),
    "done",
  ]);
});

Deno.test("the layer worker says no more about a layer that is cancelled", async () => {
  await using long = await writeLayerFile(LONG);
  await using short = await writeLayerFile(SHORT);
  using worker = new BareWorker();
  worker.order({ type: "start", id: 1, job: long.job, skip: SKIP });
  for (let count = 0; count < 4; count++) await worker.next();
  worker.order({ type: "cancel", id: 1 });
  worker.order({ type: "credit", id: 1 });
  worker.order({ type: "start", id: 2, job: short.job, skip: SKIP });
  const reports = [];
  do reports.push(await worker.next()); while (reports.at(-1)?.type !== "done");
  assert.deepEqual(new Set(reports.map(({ id }) => id)), new Set([2]));
});
