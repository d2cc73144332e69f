import { createLayerEncoder, type LayerEncoding } from "./layer_compression.ts";
import type { LayerSkip } from "./layer_protocol.ts";

/** Options for {@linkcode encodeLayer}. */
export interface EncodeLayerOptions {
  /** How the layer is encoded. */
  readonly encoding: LayerEncoding;
  /** What of the output is not wanted. */
  readonly skip: LayerSkip;
  /** Encodes one block; several are under way at once. */
  readonly encode: (
    block: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Tells how many blocks may be worked on or wait to be fetched at the moment.
   * Each of them is held in memory.
   */
  readonly blocksInFlight: () => number;
  /** Called for every block with its encoded size, in their order. */
  readonly onBlock?: (index: number, size: number) => void;
}

/**
 * Encodes a layer whose blocks are worked on at once, each by itself; what comes
 * out does not depend on which is done first. The last bytes come only after the
 * blocks have ended well, so that nobody can take a damaged layer for a whole
 * one.
 *
 * @param blocks the layer in blocks of `LAYER_BLOCK_SIZE` bytes
 */
export function encodeLayer(
  blocks: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: EncodeLayerOptions,
): ReadableStream<Uint8Array> {
  return ReadableStream.from(wanted(encodedParts(blocks, options), options));
}

/** Head, blocks and tail, from the first wanted block on. */
async function* encodedParts(
  blocks: ReadableStream<Uint8Array<ArrayBuffer>>,
  { encoding, skip, encode, blocksInFlight, onBlock }: EncodeLayerOptions,
): AsyncGenerator<Uint8Array> {
  const encoder = createLayerEncoder(encoding);
  const head = encoder.head();
  if (skip.blocks === 0) yield head;
  const pending: Promise<Uint8Array>[] = [];
  let next = skip.blocks;
  const take = async () => {
    const block = await pending.shift() ?? NOTHING;
    onBlock?.(next, block.length + (next === 0 ? head.length : 0));
    next++;
    return block;
  };
  let index = 0;
  for await (const block of blocks) {
    encoder.skip(block);
    if (index++ < skip.blocks) {
      block.buffer.transfer(0);
      continue;
    }
    const encoded = encode(block);
    // It is awaited in its turn; until then a failure is not "unhandled".
    encoded.catch(() => {});
    pending.push(encoded);
    while (pending.length >= blocksInFlight()) yield await take();
  }
  while (pending.length > 0) yield await take();
  yield encoder.tail();
}

async function* wanted(
  parts: AsyncIterable<Uint8Array>,
  { skip }: EncodeLayerOptions,
): AsyncGenerator<Uint8Array> {
  let unwanted = skip.bytes;
  for await (const part of parts) {
    const dropped = Math.min(unwanted, part.length);
    unwanted -= dropped;
    if (dropped < part.length) yield part.subarray(dropped);
  }
}

const NOTHING = new Uint8Array(0);
