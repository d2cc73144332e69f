import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { digestAlgorithm, Digester } from "../oci/digest.ts";
import { type BlockSource, PieceSource, readBlocks } from "./block_reader.ts";
import { type FileSection, openFileSection } from "./file_section.ts";
import type { LayerJob } from "./layer_protocol.ts";
import { createStreamDecoder, releaseOutput } from "./stream_decoder.ts";

/** Bytes of a layer that is sent as it is stored, read and sent at once. */
const CHUNK_SIZE = 256 * 1024;

/** Where the bytes of a layer go. */
export interface LayerOutput {
  /** Ends the work. */
  readonly signal: AbortSignal;
  /** Takes the next bytes and their buffer, as soon as there is room. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * Reads a layer once: hashes what is uncompressed, and sends it block by block;
 * a layer in gzip or zstd is sent as it is stored. The last bytes go only after
 * the diffID was found right, so that nobody can take a damaged layer for a
 * whole one.
 *
 * @param skip number of leading bytes that are not sent
 * @throws {ContentMismatchError} when the layer does not have its diffID
 * @throws {Error} when it cannot be read or decompressed
 */
export async function runLayerJob(
  job: LayerJob,
  skip: number,
  output: LayerOutput,
): Promise<void> {
  using section = await openFileSection(job);
  const sender = new Sender(output, skip);
  const { format } = job;
  if (format === "gzip" || format === "zstd") {
    return await sendStored(section, job, sender);
  }
  const source = format === "plain"
    ? section
    : await decompressed(section, format);
  await sendPlain(source, job, sender);
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

async function sendPlain(
  source: BlockSource,
  job: LayerJob,
  sender: Sender,
): Promise<void> {
  const digester = new Digester(digestAlgorithm(job.diffId));
  for await (const block of readBlocks(source)) {
    digester.update(block);
    await sender.hold(block);
  }
  checkDiffId(job, digester);
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
