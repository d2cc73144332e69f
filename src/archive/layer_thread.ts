import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { startWorker } from "../content/worker_threads.ts";
import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";
import type { LayerEncoding } from "./layer_compression.ts";
import type { LayerJob, LayerOrder, LayerReport } from "./layer_protocol.ts";
import { LayerStream } from "./layer_stream.ts";

/** A layer that is to be read, for {@linkcode LayerThread.open}. */
export interface LayerRequest {
  /** What is to be done. */
  readonly job: LayerJob;
  /** The archive, for messages. */
  readonly location: string;
  /** The layer's name in it, for messages. */
  readonly entry: string;
}

/** A block that is to be encoded, for {@linkcode LayerThread.encode}. */
export interface BlockRequest {
  /** The layer that it is of. */
  readonly layer: LayerRequest;
  /** The block, whose buffer goes to the thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How it is encoded. */
  readonly encoding: LayerEncoding;
}

interface RunningLayer {
  readonly request: LayerRequest;
  readonly stream: LayerStream;
}

interface RunningBlock {
  readonly layer: LayerRequest;
  readonly encoded: PromiseWithResolvers<Uint8Array<ArrayBuffer>>;
}

/** One worker thread, and the layers and blocks that it works on. */
export class LayerThread {
  readonly #worker: Worker;
  readonly #running = new Map<number, RunningLayer>();
  readonly #blocks = new Map<number, RunningBlock>();
  #nextId = 0;

  /**
   * Starts a thread.
   *
   * @param onCrash called when the thread is gone; its layers fail then
   */
  constructor(module: URL, onCrash: (thread: LayerThread) => void) {
    this.#worker = startWorker<LayerReport>(module, {
      name: "layers",
      onReport: (report) => this.#receive(report),
      onCrash: (reason) => {
        onCrash(this);
        this.close((request) =>
          layerError(request, `the worker thread failed: ${reason}`)
        );
      },
    });
  }

  /** Number of layers that the thread reads. */
  get layers(): number {
    return this.#running.size;
  }

  /** Number of blocks that the thread has to encode. */
  get blocks(): number {
    return this.#blocks.size;
  }

  /**
   * Starts to read one more layer.
   *
   * @param skip number of leading bytes that are not wanted
   */
  open(
    request: LayerRequest,
    skip = 0,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const id = this.#nextId++;
    const stream = new LayerStream({
      credit: () => this.#order({ type: "credit", id }),
      cancel: () => {
        this.#running.delete(id);
        this.#order({ type: "cancel", id });
      },
    });
    this.#running.set(id, { request, stream });
    this.#order({ type: "start", id, job: request.job, skip });
    return stream.readable;
  }

  /** Encodes a block, behind those that were given before. */
  encode(
    { layer, bytes, encoding }: BlockRequest,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const id = this.#nextId++;
    const encoded = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#blocks.set(id, { layer, encoded });
    this.#order({ type: "encode", id, bytes, encoding }, [bytes.buffer]);
    return encoded.promise;
  }

  /** Ends the thread; layers and blocks that are not finished fail. */
  close(failure: (request: LayerRequest) => unknown): void {
    this.#worker.terminate();
    for (const { request, stream } of this.#running.values()) {
      stream.fail(failure(request));
    }
    this.#running.clear();
    for (const { layer, encoded } of this.#blocks.values()) {
      encoded.reject(failure(layer));
    }
    this.#blocks.clear();
  }

  #order(order: LayerOrder, transfer: Transferable[] = []): void {
    this.#worker.postMessage(order, transfer);
  }

  #receive(report: LayerReport): void {
    if (report.type === "encoded") {
      this.#blocks.get(report.id)?.encoded.resolve(report.bytes);
      this.#blocks.delete(report.id);
      return;
    }
    const layer = this.#running.get(report.id);
    if (layer === undefined) return;
    const { request, stream } = layer;
    if (report.type === "chunk") return stream.push(report.bytes);
    this.#running.delete(report.id);
    if (report.type === "done") return stream.finish();
    stream.fail(faultOf(request, report));
  }
}

/** Makes the error for a layer that cannot be read through no fault of its own. */
export function layerError(request: LayerRequest, reason: string): Error {
  const { location, entry } = request;
  return new Error(
    `Cannot read ${quote(entry)} in ${quote(location)}: ${reason}`,
  );
}

function faultOf(
  request: LayerRequest,
  report: LayerReport & { type: "mismatch" | "failed" },
): Error {
  const { location, entry } = request;
  if (report.type === "failed") {
    const reason = report.reason.replace(
      /^[A-Z](?=[a-z ])/,
      (letter) => letter.toLowerCase(),
    );
    return new ArchiveError(location, reason, { entry });
  }
  const { diffId } = request.job;
  return new ContentMismatchError(
    `Cannot accept the layer ${quote(entry)} in ${
      quote(location)
    }: its uncompressed bytes have the digest ${report.actual}, must have the diffID ${diffId}`,
    { digest: diffId },
    { digest: report.actual },
  );
}
