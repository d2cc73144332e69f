import { BLOCK_SIZE, parseTarHeader } from "./tar_header.ts";

/** A file of a tar that is on its way. */
export interface PassingEntry {
  /** Its name, as it is written there. */
  readonly name: string;
  /** Number of its bytes. */
  readonly size: number;
}

/** Tells whether the content of an entry is not wanted. */
export type OmitEntry = (entry: PassingEntry) => Promise<boolean>;

/** A piece of a tar: its bytes, or how many of them are not wanted. */
export type TarPiece = Uint8Array | number;

/**
 * Finds what of a tar need not be kept while it passes. Every header stays, and
 * every byte its place, so that what is written with holes can be indexed.
 *
 * It knows the plain entries of which image archives are made; from the first
 * other one on (long names, sizes in pax records, sparse files), all is kept.
 */
export class TarOmission {
  readonly #omit: OmitEntry;
  readonly #header = new Uint8Array(BLOCK_SIZE);
  #headerLength = 0;
  /** Bytes until the next header, padding included. */
  #left = 0;
  #isUnwanted = false;
  #keepsAll = false;

  /** Starts before the first header. */
  constructor(omit: OmitEntry) {
    this.#omit = omit;
  }

  /** Takes the next bytes and returns what they are. */
  async *pieces(bytes: Uint8Array): AsyncGenerator<TarPiece> {
    let rest = bytes;
    while (rest.length > 0) {
      const wanted = this.#left || BLOCK_SIZE - this.#headerLength;
      const piece = this.#keepsAll ? rest : rest.subarray(0, wanted);
      rest = rest.subarray(piece.length);
      const isHole = this.#left > 0 && this.#isUnwanted;
      if (!this.#keepsAll) await this.#pass(piece);
      yield isHole ? piece.length : piece;
    }
  }

  async #pass(piece: Uint8Array): Promise<void> {
    if (this.#left > 0) {
      this.#left -= piece.length;
      return;
    }
    this.#header.set(piece, this.#headerLength);
    this.#headerLength += piece.length;
    if (this.#headerLength < BLOCK_SIZE) return;
    this.#headerLength = 0;
    await this.#begin();
  }

  async #begin(): Promise<void> {
    const { type = "", name = "", size } = parseTarHeader(this.#header) ?? {};
    // Links, directories and devices have no content; 0 is a file.
    this.#keepsAll = !/^[0-6]$/.test(type) || size === undefined;
    if (this.#keepsAll || size === undefined || type !== "0") return;
    this.#left = Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
    this.#isUnwanted = await this.#omit({ name, size });
  }
}
