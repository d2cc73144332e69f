import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";
import type {
  LayerJob,
  LayerOrder,
  LayerReport,
  LayerSkip,
} from "./layer_protocol.ts";
import { LayerStream } from "./layer_stream.ts";

/** A layer that is to be read, for {@linkcode LayerThread.open}. */
export interface LayerRequest {
  /** What is to be done. */
  readonly job: LayerJob;
  /** What of the output is not wanted. */
  readonly skip: LayerSkip;
  /** The archive, for messages. */
  readonly location: string;
  /** The layer's name in it, for messages. */
  readonly entry: string;
  /** Called for every block that is encoded, with its encoded size. */
  readonly onBlock?: (index: number, size: number) => void;
}

interface RunningLayer {
  readonly request: LayerRequest;
  readonly stream: LayerStream;
}

/** One worker thread and the layers that it works on. */
export class LayerThread {
  readonly #worker: Worker;
  readonly #running = new Map<number, RunningLayer>();
  #nextId = 0;

  /**
   * Starts a thread.
   *
   * @param onCrash called when the thread is gone; its layers fail then
   */
  constructor(module: URL, onCrash: (thread: LayerThread) => void) {
    this.#worker = new Worker(module, { type: "module", name: "layers" });
    this.#worker.onmessage = ({ data }: MessageEvent<LayerReport>) =>
      this.#receive(data);
    this.#worker.onmessageerror = () => crash("a message was lost");
    this.#worker.onerror = (event) => {
      event.preventDefault();
      crash(event.message);
    };
    const crash = (reason: string) => {
      onCrash(this);
      this.close((request) =>
        layerError(request, `the worker thread failed: ${reason}`)
      );
    };
  }

  /** Number of layers that the thread works on. */
  get load(): number {
    return this.#running.size;
  }

  /** Starts on one more layer. */
  open(request: LayerRequest): ReadableStream<Uint8Array> {
    const id = this.#nextId++;
    const stream = new LayerStream({
      credit: () => this.#order({ type: "credit", id }),
      cancel: () => {
        this.#running.delete(id);
        this.#order({ type: "cancel", id });
      },
    });
    this.#running.set(id, { request, stream });
    const { job, skip } = request;
    this.#order({ type: "start", id, job, skip });
    return stream.readable;
  }

  /** Ends the thread; layers that are not finished fail. */
  close(failure: (request: LayerRequest) => unknown): void {
    this.#worker.terminate();
    for (const { request, stream } of this.#running.values()) {
      stream.fail(failure(request));
    }
    this.#running.clear();
  }

  #order(order: LayerOrder): void {
    this.#worker.postMessage(order);
  }

  #receive(report: LayerReport): void {
    const layer = this.#running.get(report.id);
    if (layer === undefined) return;
    const { request, stream } = layer;
    if (report.type === "chunk") return stream.push(report.bytes);
    if (report.type === "block") {
      return request.onBlock?.(report.index, report.size);
    }
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
