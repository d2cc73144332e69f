import { LAYER_BLOCK_SIZE } from "./layer_compression.ts";
import type { LayerSkip } from "./layer_protocol.ts";

/** Where the blocks of an encoded layer end, as far as that is known. */
export class BlockIndex {
  readonly #ends: number[] = [];

  /** Takes note of a block; one that is known already, or too far, is left out. */
  add(index: number, size: number): void {
    if (index !== this.#ends.length) return;
    this.#ends.push((this.#ends.at(-1) ?? 0) + size);
  }

  /** Tells how many bytes of the layer the first so many encoded ones stand for. */
  sourceBytes(encoded: number): number {
    const { blocks, bytes } = this.skipTo(encoded);
    const end = this.#ends[blocks];
    if (end === undefined) return blocks * LAYER_BLOCK_SIZE;
    const size = end - (this.#ends[blocks - 1] ?? 0);
    return Math.floor((blocks + bytes / size) * LAYER_BLOCK_SIZE);
  }

  /** Says what need not be encoded again to go on at an offset. */
  skipTo(offset: number): LayerSkip {
    const blocks = this.#ends.findLastIndex((end) => end <= offset) + 1;
    return { blocks, bytes: offset - (this.#ends[blocks - 1] ?? 0) };
  }
}
