import { Buffer } from "node:buffer";
import type { ByteSource, ResponseHead } from "./http_head.ts";

/** How the end of a body is found. */
export type BodyFraming =
  /** It has this many bytes. */
  | { readonly kind: "length"; readonly length: number }
  /** It comes in chunks that carry their sizes. */
  | { readonly kind: "chunked" }
  /** It ends where the connection ends. */
  | { readonly kind: "close" };

/** A body of known framing, read piece by piece; null at its end. */
export interface BodyReader {
  /**
   * Returns the next bytes, or null once the body is complete.
   *
   * @throws {SyntaxError} when the body is cut off or its framing is broken
   */
  next(): Promise<Uint8Array | null>;
  /** Whether all of it has been returned. */
  readonly done: boolean;
}

/**
 * Tells how the body that follows a head is framed.
 *
 * @throws {SyntaxError} when the head contradicts itself
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */
export function bodyFraming(method: string, head: ResponseHead): BodyFraming {
  const { status, headers } = head;
  if (method === "HEAD" || [204, 205, 304].includes(status)) {
    return { kind: "length", length: 0 };
  }
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    if (coding.toLowerCase() === "chunked") return { kind: "chunked" };
    throw new SyntaxError(
      `The answer has an unknown transfer coding "${coding}"`,
    );
  }
  const length = headers.get("content-length");
  if (length === null) return { kind: "close" };
  return { kind: "length", length: parseLength(length) };
}

/** Two equal fields arrive joined with a comma, and are one. */
function parseLength(field: string): number {
  const [first = "", ...others] = field.split(/[ \t]*,[ \t]*/);
  const length = Number(first);
  if (
    !/^\d+$/.test(first) || !Number.isSafeInteger(length) ||
    others.some((other) => other !== first)
  ) {
    throw new SyntaxError(`The answer has a bad content-length "${field}"`);
  }
  return length;
}

/** Makes the reader that {@linkcode bodyFraming} calls for. */
export function bodyReader(
  reader: ByteSource,
  framing: BodyFraming,
): BodyReader {
  switch (framing.kind) {
    case "length":
      return new LengthBody(reader, framing.length);
    case "chunked":
      return new ChunkedBody(reader);
    case "close":
      return new CloseBody(reader);
  }
}

class LengthBody implements BodyReader {
  readonly #reader: ByteSource;
  readonly #length: number;
  #left: number;

  constructor(reader: ByteSource, length: number) {
    this.#reader = reader;
    this.#length = length;
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  async next(): Promise<Uint8Array | null> {
    if (this.#left === 0) return null;
    const bytes = await this.#reader.read();
    if (bytes === null) {
      throw new SyntaxError(
        `The answer ends after ${this.#length - this.#left} of ` +
          `${this.#length} bytes`,
      );
    }
    const piece = bytes.subarray(0, this.#left);
    this.#reader.unread(bytes.subarray(piece.length));
    this.#left -= piece.length;
    return piece;
  }
}

class CloseBody implements BodyReader {
  readonly #reader: ByteSource;
  done = false;

  constructor(reader: ByteSource) {
    this.#reader = reader;
  }

  async next(): Promise<Uint8Array | null> {
    const bytes = await this.#reader.read();
    this.done = bytes === null;
    return bytes;
  }
}

/** Longest line between chunks: a size, perhaps with extensions. */
const MAX_LINE_LENGTH = 8 * 1024;

/** @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
class ChunkedBody implements BodyReader {
  readonly #reader: ByteSource;
  #left = 0;
  #started = false;
  done = false;

  constructor(reader: ByteSource) {
    this.#reader = reader;
  }

  async next(): Promise<Uint8Array | null> {
    if (this.done) return null;
    if (this.#left === 0) await this.#startChunk();
    if (this.done) return null;
    const bytes = await this.#read();
    const piece = bytes.subarray(0, this.#left);
    this.#reader.unread(bytes.subarray(piece.length));
    this.#left -= piece.length;
    return piece;
  }

  async #startChunk(): Promise<void> {
    if (this.#started && await this.#line() !== "") throw brokenChunk();
    this.#started = true;
    const [size = ""] = (await this.#line()).split(/[ \t]*;/);
    if (!/^[0-9A-Fa-f]{1,12}$/.test(size)) throw brokenChunk();
    this.#left = Number.parseInt(size, 16);
    if (this.#left > 0) return;
    while (await this.#line() !== "") {
      // Trailer fields say nothing that is needed here.
    }
    this.done = true;
  }

  async #line(): Promise<string> {
    let line = Buffer.alloc(0);
    while (true) {
      line = Buffer.concat([line, await this.#read()]);
      const end = line.indexOf("\r\n");
      if (end >= 0) {
        this.#reader.unread(line.subarray(end + 2));
        return line.toString("latin1", 0, end);
      }
      if (line.length > MAX_LINE_LENGTH) throw brokenChunk();
    }
  }

  async #read(): Promise<Uint8Array> {
    const bytes = await this.#reader.read();
    if (bytes !== null) return bytes;
    throw new SyntaxError("The answer ends in the middle of a chunk");
  }
}

function brokenChunk(): SyntaxError {
  return new SyntaxError("The answer has a broken chunk");
}
