import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { digestAlgorithm, Digester } from "../oci/digest.ts";
import { type BlockSource, PieceSource, readBlocks } from "./block_reader.ts";
import { type FileSection, openFileSection } from "./file_section.ts";
import { createLayerEncoder } from "./layer_compression.ts";
import type { LayerJob, LayerSkip } from "./layer_protocol.ts";
import { createStreamDecoder, releaseOutput } from "./stream_decoder.ts";

/** Bytes of a layer that is sent as it is stored, read and sent at once. */
const CHUNK_SIZE = 256 * 1024;

/** Where the bytes of a layer go. */
export interface LayerOutput {
  /** Ends the work. */
  readonly signal: AbortSignal;
  /** Takes the next bytes and their buffer, as soon as there is room. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Takes note that a block was encoded. */
  block(index: number, size: number): void;
}

/**
 * Reads a layer once: hashes what is uncompressed, encodes it where that is
 * wanted, and sends it. The last bytes go only after the diffID was found right,
 * so that nobody can take a damaged layer for a whole one.
 *
 * @throws {ContentMismatchError} when the layer does not have its diffID
 * @throws {Error} when it cannot be read or decompressed
 */
export async function runLayerJob(
  job: LayerJob,
  skip: LayerSkip,
  output: LayerOutput,
): Promise<void> {
  using section = await openFileSection(job);
  const sender = new Sender(output, skip.bytes);
  const { format } = job;
  if (format === "gzip" || format === "zstd") {
    return await sendStored(section, job, sender);
  }
  const source = format === "plain"
    ? section
    : await decompressed(section, format);
  await sendEncoded(source, job, skip.blocks, sender);
}

/**
 * Layers of these formats have no media type and are decompressed on the way.
 * Nearly no archive has any: what it takes is loaded only then.
 */
async function decompressed(
  section: FileSection,
  format: "bzip2" | "xz",
): Promise<BlockSource> {
  const chunks = section.chunks(CHUNK_SIZE);
  if (format === "xz") {
    const { decompressXz } = await import("./xz_decoder.ts");
    return new PieceSource(decompressXz(chunks));
  }
  const { decompressBzip2 } = await import("./bzip2_decoder.ts");
  return new PieceSource(decompressBzip2(chunks));
}

/** Sends plain bytes, compressed block by block. */
async function sendEncoded(
  source: BlockSource,
  job: LayerJob,
  skippedBlocks: number,
  sender: Sender,
): Promise<void> {
  const encoder = createLayerEncoder(job.encoding);
  const digester = new Digester(digestAlgorithm(job.diffId));
  let index = 0;
  for await (const block of readBlocks(source)) {
    digester.update(block);
    if (index < skippedBlocks) {
      encoder.skip(block);
      sender.signal.throwIfAborted();
    } else {
      const head = index === 0 ? encoder.head() : NOTHING;
      const encoded = encoder.block(block);
      sender.block(index, head.length + encoded.length);
      await sender.hold(head);
      await sender.hold(encoded);
    }
    index++;
  }
  checkDiffId(job, digester);
  if (index === 0) await sender.hold(encoder.head());
  await sender.hold(encoder.tail());
  await sender.flush();
}

/** Sends bytes that are compressed already, and decompresses them to hash. */
async function sendStored(
  section: FileSection,
  job: LayerJob,
  sender: Sender,
): Promise<void> {
  const digester = new Digester(digestAlgorithm(job.diffId));
  const decoder = createStreamDecoder(
    job.format === "gzip" ? "gzip" : "zstd",
    (bytes) => {
      digester.update(bytes);
      releaseOutput(bytes);
    },
  );
  try {
    for await (const chunk of section.chunks(CHUNK_SIZE)) {
      await decoder.write(chunk);
      await sender.hold(chunk);
    }
    await decoder.end();
  } finally {
    decoder.close();
  }
  checkDiffId(job, digester);
  await sender.flush();
}

const NOTHING = new Uint8Array(0);

function checkDiffId(job: LayerJob, digester: Digester): void {
  const digest = digester.digest();
  if (digest === job.diffId) return;
  throw new ContentMismatchError(
    `Cannot accept the layer: its uncompressed bytes have the digest ${digest}, must have the diffID ${job.diffId}`,
    { digest: job.diffId },
    { digest },
  );
}

/** Stays one chunk behind, and drops what is not wanted. */
class Sender {
  readonly #output: LayerOutput;
  #unwanted: number;
  #held: Uint8Array<ArrayBuffer> = NOTHING;

  constructor(output: LayerOutput, unwanted: number) {
    this.#output = output;
    this.#unwanted = unwanted;
  }

  get signal(): AbortSignal {
    return this.#output.signal;
  }

  block(index: number, size: number): void {
    this.#output.block(index, size);
  }

  async hold(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.length === 0) return;
    await this.flush();
    this.#held = bytes;
  }

  async flush(): Promise<void> {
    this.#output.signal.throwIfAborted();
    const held = this.#held;
    this.#held = NOTHING;
    const dropped = Math.min(this.#unwanted, held.length);
    this.#unwanted -= dropped;
    if (dropped === held.length) return;
    await this.#output.send(held.subarray(dropped));
  }
}
