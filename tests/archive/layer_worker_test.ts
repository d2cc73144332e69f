import { strict as assert } from "node:assert";
import type {
  LayerOrder,
  LayerReport,
} from "../../src/archive/layer_protocol.ts";
import {
  encodeBlock,
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

  /** Returns the next report. */
  async next(): Promise<LayerReport> {
    while (true) {
      const report = this.#reports.shift();
      if (report !== undefined) return report;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

const LONG = sampleBytes(7 * LAYER_BLOCK_SIZE);
const SHORT = sampleBytes(100);

Deno.test("the layer worker posts no more chunks than it has credit for", async () => {
  await using long = await writeLayerFile(LONG);
  await using short = await writeLayerFile(SHORT);
  using worker = new BareWorker();
  worker.order({ type: "start", id: 1, job: long.job, skip: 0 });
  const seen: string[] = [];
  for (let count = 0; count < 2; count++) seen.push((await worker.next()).type);
  // A second layer passes the first, which has no credit left.
  worker.order({ type: "start", id: 2, job: short.job, skip: 0 });
  for (let count = 0; count < 2; count++) {
    const report = await worker.next();
    assert.equal(report.id, 2);
    seen.push(report.type);
  }
  for (let count = 0; count < 5; count++) {
    worker.order({ type: "credit", id: 1 });
    const report = await worker.next();
    assert.equal(report.id, 1);
    seen.push(report.type);
  }
  seen.push((await worker.next()).type);
  assert.deepEqual(seen, [
    ...Array(2).fill("chunk"),
    "chunk",
    "done",
    ...Array(5).fill("chunk"),
    "done",
  ]);
});

Deno.test("the layer worker says no more about a layer that is cancelled", async () => {
  await using long = await writeLayerFile(LONG);
  await using short = await writeLayerFile(SHORT);
  using worker = new BareWorker();
  worker.order({ type: "start", id: 1, job: long.job, skip: 0 });
  for (let count = 0; count < 2; count++) await worker.next();
  worker.order({ type: "cancel", id: 1 });
  worker.order({ type: "credit", id: 1 });
  worker.order({ type: "start", id: 2, job: short.job, skip: 0 });
  const reports = [];
  do reports.push(await worker.next()); while (reports.at(-1)?.type !== "done");
  assert.deepEqual(new Set(reports.map(({ id }) => id)), new Set([2]));
});

Deno.test("the layer worker encodes blocks while a layer waits for credit", async () => {
  await using long = await writeLayerFile(LONG);
  using worker = new BareWorker();
  worker.order({ type: "start", id: 1, job: long.job, skip: 0 });
  for (let count = 0; count < 2; count++) await worker.next();
  const encoding = layerEncoding("gzip");
  worker.order({ type: "encode", id: 2, bytes: SHORT.slice(), encoding });
  assert.deepEqual(await worker.next(), {
    type: "encoded",
    id: 2,
    bytes: encodeBlock(SHORT, encoding),
  });
});
