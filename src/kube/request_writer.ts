import type { Writable } from "node:stream";
import { formatRequestHead, type RequestHead } from "./http_head.ts";
import type { StallTimer } from "./stall_timer.ts";

/**
 * Bytes given to the socket at once. Small enough that a slow link confirms a
 * piece well within the stall timeout, large enough for full speed.
 */
const WRITE_SIZE = 256 * 1024;

/** A request as it goes over the wire. */
export interface OutgoingRequest {
  /** Request line and headers, framing included. */
  readonly head: RequestHead;
  /** The body; null for none. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Its length in bytes; absent when it is sent in chunks. */
  readonly length?: number;
}

/** The socket did not take the bytes, or they are no longer wanted. */
export class WriteError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "WriteError";
}

/** Writes one request to a socket, no faster than the socket takes it. */
export class RequestWriter {
  readonly #socket: Writable;
  readonly #request: OutgoingRequest;
  readonly #stall: StallTimer;
  #source: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** A chunk is put together here; it is free when its write is done. */
  #chunk: Uint8Array<ArrayBuffer> | undefined;
  #handedOver: boolean;
  #done = false;
  #stopped = false;

  /**
   * Prepares to write a request; nothing is sent yet.
   *
   * @param stall runs while a write waits, not while the source does
   */
  constructor(socket: Writable, request: OutgoingRequest, stall: StallTimer) {
    this.#socket = socket;
    this.#request = request;
    this.#stall = stall;
    this.#handedOver = request.body === null;
  }

  /** Whether the socket holds all of the request. */
  get handedOver(): boolean {
    return this.#handedOver;
  }

  /** Whether the socket has confirmed all of the request. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Writes the request.
   *
   * @throws {WriteError} when the socket fails or {@linkcode stop} was called
   * @throws {RangeError} when the body has another length than was said
   * @throws the error of the body's source
   */
  async write(): Promise<void> {
    const { head, body, length } = this.#request;
    await this.#put(formatRequestHead(head));
    if (body !== null) await this.#writeBody(body, length);
    this.#handedOver = true;
    this.#done = true;
  }

  /** Gives up the rest of the body; its source learns of it. */
  stop(): void {
    this.#stopped = true;
    this.#source?.cancel().catch(() => {});
  }

  async #writeBody(
    body: ReadableStream<Uint8Array>,
    length: number | undefined,
  ): Promise<void> {
    const reader = body.getReader();
    this.#source = reader;
    let size = 0;
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (length === undefined) await this.#putChunks(value);
      else if (size > length) break;
      else await this.#putPieces(value, size === length);
    }
    if (this.#stopped) throw new WriteError("The rest is not wanted");
    if (length === undefined) await this.#put(LAST_CHUNK);
    else if (size !== length) throw lengthMismatch(size, length);
  }

  async #putPieces(bytes: Uint8Array, last: boolean): Promise<void> {
    for (let from = 0; from < bytes.length; from += WRITE_SIZE) {
      const to = from + WRITE_SIZE;
      this.#handedOver = last && to >= bytes.length;
      await this.#put(bytes.subarray(from, to));
    }
  }

  /**
   * Each write is a chunk with its frame: three would be three TLS records, of
   * which two hold a few bytes and cost as much as the one with the content.
   *
   * @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1
   */
  async #putChunks(bytes: Uint8Array): Promise<void> {
    const chunk = this.#chunk ??= new Uint8Array(WRITE_SIZE + FRAME_SIZE);
    for (let from = 0; from < bytes.length; from += WRITE_SIZE) {
      const piece = bytes.subarray(from, from + WRITE_SIZE);
      const size = `${piece.length.toString(16)}\r\n`;
      const start = ENCODER.encodeInto(size, chunk).written;
      const end = start + piece.length;
      chunk.set(piece, start);
      chunk.set(LINE_END, end);
      await this.#put(chunk.subarray(0, end + LINE_END.length));
    }
  }

  async #put(bytes: Uint8Array): Promise<void> {
    if (this.#stopped) throw new WriteError("The rest is not wanted");
    this.#stall.start();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(bytes, (failure) => {
          if (failure) reject(new WriteError("", { cause: failure }));
          else resolve();
        });
      });
    } finally {
      this.#stall.stop();
    }
  }
}

const ENCODER = new TextEncoder();
const LINE_END = ENCODER.encode("\r\n");

/** Bytes around a chunk: a size of eight digits at most, and two line ends. */
const FRAME_SIZE = 12;
const LAST_CHUNK = ENCODER.encode("0\r\n\r\n");

function lengthMismatch(size: number, length: number): RangeError {
  return new RangeError(
    `Cannot send the body of ${length} bytes: its source gave ${size} bytes`,
  );
}
