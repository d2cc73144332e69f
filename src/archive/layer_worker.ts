/// <reference lib="deno.worker" />
import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { encodeBlock } from "./layer_compression.ts";
import type { LayerOrder, LayerReport } from "./layer_protocol.ts";
import { type LayerOutput, runLayerJob } from "./layer_task.ts";

/**
 * Chunks that may be posted and that nobody has read yet. More would only cost
 * memory: one chunk is milliseconds of work.
 */
const CHUNKS_IN_FLIGHT = 2;

/**
 * The worker thread that reads and hashes layers, and compresses blocks of
 * them, be they its own or those that another thread has read. It imports next
 * to nothing, because each worker holds its own copy of what it imports.
 */
const outputs = new Map<number, PostedOutput>();

self.onmessage = ({ data }: MessageEvent<LayerOrder>) => {
  if (data.type === "credit") return outputs.get(data.id)?.credit();
  if (data.type === "cancel") return outputs.get(data.id)?.cancel();
  if (data.type === "encode") return encode(data);
  run(data);
};

async function run(order: LayerOrder & { type: "start" }): Promise<void> {
  const { id, job, skip } = order;
  const output = new PostedOutput(id);
  outputs.set(id, output);
  try {
    await runLayerJob(job, skip, output);
    report({ type: "done", id });
  } catch (error) {
    if (!output.signal.aborted) reportFailure(id, error);
  } finally {
    outputs.delete(id);
  }
}

function encode({ id, ...order }: LayerOrder & { type: "encode" }): void {
  const bytes = encodeBlock(order.bytes, order.encoding);
  // Given back at once: the garbage collector lets megabytes pile up.
  order.bytes.buffer.transfer(0);
  report({ type: "encoded", id, bytes }, [bytes.buffer]);
}

function reportFailure(id: number, error: unknown): void {
  const { digest } = error instanceof ContentMismatchError ? error.actual : {};
  if (digest !== undefined) {
    return report({ type: "mismatch", id, actual: digest });
  }
  const reason = error instanceof Error ? error.message : String(error);
  report({ type: "failed", id, reason });
}

/** Posts chunks as long as the program gives credit for them. */
class PostedOutput implements LayerOutput {
  readonly #id: number;
  readonly #abort = new AbortController();
  #credits = CHUNKS_IN_FLIGHT;
  #wake?: () => void;

  constructor(id: number) {
    this.#id = id;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  credit(): void {
    this.#credits++;
    this.#wake?.();
  }

  cancel(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#credits === 0 && !this.signal.aborted) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    this.signal.throwIfAborted();
    this.#credits--;
    report({ type: "chunk", id: this.#id, bytes }, [bytes.buffer]);
  }
}

function report(message: LayerReport, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}
