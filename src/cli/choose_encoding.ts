import type { EncodingTrial } from "../archive/encoding_trial.ts";
import {
  type LayerEncoding,
  layerEncoding,
} from "../archive/layer_compression.ts";

/** What {@linkcode chooseEncoding} decides by. */
export interface EncodingFacts {
  /** Bytes that the path to the registry takes in a second. */
  readonly uploadRate: number;
  /** What encodings do to the bytes; empty when that is not known. */
  readonly trials: readonly EncodingTrial[];
  /** Processors of this host. */
  readonly processors: number;
}

/**
 * How much faster it must be to send more bytes: they are stored, and pulled by
 * every node.
 */
const WORTH_MORE_BYTES = 0.8;

/**
 * Chooses the encoding with which layers are there first. Of the processors one
 * is left for reading and sending.
 */
export function chooseEncoding(
  { uploadRate, trials, processors }: EncodingFacts,
): LayerEncoding {
  const threads = Math.max(1, processors - 1);
  const secondsOf = ({ rate, ratio }: EncodingTrial) =>
    1 / (rate * threads) + ratio / uploadRate;
  const [best] = trials.toSorted((one, other) =>
    secondsOf(one) - secondsOf(other)
  );
  if (best === undefined) return layerEncoding("gzip");
  const isWorthIt = 1 / uploadRate < WORTH_MORE_BYTES * secondsOf(best);
  return isWorthIt ? layerEncoding("none") : best.encoding;
}
