type Bytes = Uint8Array<ArrayBuffer>;

/** The head of a message of HTTP/1.1. */
export interface RawHead {
  /** All of it, the empty line included. */
  readonly bytes: Bytes;
  /** The first line. */
  readonly line: string;
  /** The fields. */
  readonly headers: Headers;
}

/** Reads messages of HTTP/1.1 from a connection as they are on the wire. */
export class HttpStream {
  readonly #connection: Deno.Conn;
  #waiting: Bytes = new Uint8Array();
  #ahead: Promise<Bytes | undefined> | undefined;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Returns the next head; `undefined` when the connection ends instead. */
  async head(): Promise<RawHead | undefined> {
    for (let seen = 0;;) {
      const text = new TextDecoder("latin1").decode(this.#waiting);
      const end = text.indexOf("\r\n\r\n", Math.max(0, seen - 3));
      if (end !== -1) return this.#takeHead(text.slice(0, end));
      seen = text.length;
      const more = await this.#pull();
      if (more === undefined) return undefined;
      this.#waiting = concat(this.#waiting, more);
    }
  }

  /** Yields the body that follows a head, framing included. */
  async *body(headers: Headers): AsyncGenerator<Bytes, undefined> {
    if (headers.get("transfer-encoding") === "chunked") {
      return yield* this.#chunked();
    }
    yield* this.#length(Number(headers.get("content-length") ?? 0));
  }

  /** Waits for more than was asked for; `false` when the connection ends. */
  async hasMore(): Promise<boolean> {
    this.#ahead ??= this.#read();
    return await this.#ahead !== undefined;
  }

  #takeHead(text: string): RawHead {
    const size = text.length + 4;
    const bytes = this.#waiting.subarray(0, size);
    this.#waiting = this.#waiting.subarray(size);
    const [line = "", ...fields] = text.split("\r\n");
    const headers = new Headers(fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    }));
    return { bytes, line, headers };
  }

  async *#length(size: number): AsyncGenerator<Bytes, undefined> {
    for (let missing = size; missing > 0;) {
      const piece = await this.#some();
      this.#waiting = piece.subarray(missing);
      missing -= Math.min(piece.length, missing);
      yield piece.subarray(0, piece.length - this.#waiting.length);
    }
  }

  async *#chunked(): AsyncGenerator<Bytes, undefined> {
    for (;;) {
      const line = await this.#line();
      yield line;
      const size = parseInt(new TextDecoder().decode(line), 16);
      yield* this.#length(size);
      yield await this.#line();
      if (size === 0) return;
    }
  }

  async #line(): Promise<Bytes> {
    let line: Bytes = new Uint8Array();
    for (;;) {
      const piece = await this.#some();
      const end = piece.indexOf(10) + 1;
      this.#waiting = end === 0 ? new Uint8Array() : piece.subarray(end);
      line = concat(line, end === 0 ? piece : piece.subarray(0, end));
      if (end !== 0) return line;
    }
  }

  async #some(): Promise<Bytes> {
    const piece = this.#waiting.length > 0 ? this.#waiting : await this.#pull();
    this.#waiting = new Uint8Array();
    if (piece === undefined) throw new Error("The connection ended early");
    return piece;
  }

  async #pull(): Promise<Bytes | undefined> {
    const next = this.#ahead ?? this.#read();
    this.#ahead = undefined;
    return await next;
  }

  async #read(): Promise<Bytes | undefined> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(buffer);
    return count === null ? undefined : buffer.subarray(0, count);
  }
}

function concat(one: Bytes, other: Bytes): Bytes {
  if (one.length === 0) return other;
  const joined = new Uint8Array(one.length + other.length);
  joined.set(one);
  joined.set(other, one.length);
  return joined;
}
