import { readAt } from "../content/file_access.ts";
import { encodeBlock, type LayerEncoding } from "./layer_compression.ts";
import { FILE_HEAD_SIZE, sniffCompression } from "./whole_file.ts";

/** What an encoding does to the bytes of one archive. */
export interface EncodingTrial {
  /** The encoding. */
  readonly encoding: LayerEncoding;
  /** Bytes that one thread encodes in a second. */
  readonly rate: number;
  /** Size of the result in relation to the bytes. */
  readonly ratio: number;
}

/** Options for {@linkcode tryEncodings}. */
export interface EncodingTrialOptions {
  /**
   * Milliseconds of a clock that never goes back.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
}

/** Pieces of an archive that are tried, from all over it. */
const SAMPLES = 4;

/** Bytes of a piece: as many as a layer is cut into. */
const SAMPLE_SIZE = 1024 * 1024;

/**
 * Tries encodings on a few megabytes of an archive.
 *
 * @returns nothing when the archive is compressed as a whole, so that its bytes
 *   say nothing about its layers
 */
export async function tryEncodings(
  path: string,
  encodings: readonly LayerEncoding[],
  { now = () => performance.now() }: EncodingTrialOptions = {},
): Promise<readonly EncodingTrial[]> {
  const samples = await readSamples(path);
  if (samples.length === 0) return [];
  return encodings.map((encoding) => {
    const startedAt = now();
    let bytes = 0;
    let encoded = 0;
    for (const sample of samples) {
      bytes += sample.length;
      encoded += encodeBlock(sample, encoding).length;
    }
    const seconds = (now() - startedAt) / 1000;
    return { encoding, rate: bytes / seconds, ratio: encoded / bytes };
  });
}

async function readSamples(path: string): Promise<readonly Uint8Array[]> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = await readAt(file, 0, FILE_HEAD_SIZE);
  if (head.length === 0 || sniffCompression(head) !== undefined) return [];
  const samples: Uint8Array[] = [];
  for (let index = 0; index < SAMPLES; index++) {
    const sample = await readAt(
      file,
      Math.floor(size * index / SAMPLES),
      Math.min(SAMPLE_SIZE, Math.ceil(size / SAMPLES)),
    );
    samples.push(sample);
  }
  return samples;
}
