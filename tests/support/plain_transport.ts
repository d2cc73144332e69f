import { closeConnection } from "./close_connection.ts";
import { writeFully } from "../../src/content/file_access.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import type { Transport } from "../../src/http/transport.ts";

/** What the transport heard, byte by byte. */
type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Speaks plain HTTP/1.1 to one server, whatever the origin of the requests, with
 * a connection for each request. `node:http` is not used, because the end of a
 * connection in the middle of a request body gets lost in it: Deno 2.6 tells
 * nothing, 2.9 sends the head again and waits.
 *
 * @param address host and port, as `127.0.0.1:5000`
 */
export function plainTransport(address: string): Transport {
  return async (request) => {
    request.signal.throwIfAborted();
    const connection = await dial(address);
    const abort = () => closeConnection(connection);
    request.signal.addEventListener("abort", abort);
    try {
      return await exchange(connection, request, address);
    } catch (error) {
      closeConnection(connection);
      request.signal.throwIfAborted();
      throw broken(address, error);
    } finally {
      request.signal.removeEventListener("abort", abort);
    }
  };
}

async function dial(address: string): Promise<Deno.TcpConn> {
  const [hostname = "", port = ""] = address.split(":");
  try {
    return await Deno.connect({ hostname, port: Number(port) });
  } catch (error) {
    throw new ConnectionError(`Cannot connect to "${address}"`, {
      address,
      stage: "connect",
      transient: true,
      cause: error,
    });
  }
}

async function exchange(
  connection: Deno.TcpConn,
  request: Request,
  address: string,
): Promise<Response> {
  const input = new Input(connection);
  const sending = send(connection, request, address);
  // A refusal may come before the body is sent, and then sending breaks.
  sending.catch(() => {});
  const head = await input.readHead();
  const status = Number(head[0]?.split(" ")[1]);
  const headers = new Headers();
  for (const line of head.slice(1)) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  if (status < 300) await sending;
  const empty = status === 204 || request.method === "HEAD" ||
    headers.get("content-length") === "0";
  if (empty) {
    closeConnection(connection);
    return new Response(null, { status, headers });
  }
  return new Response(bodyStream(input, headers, connection, address), {
    status,
    headers,
  });
}

async function send(
  connection: Deno.TcpConn,
  request: Request,
  address: string,
): Promise<void> {
  const { pathname, search } = new URL(request.url);
  const length = request.headers.get("content-length");
  const lines = [...request.headers].map(([name, value]) =>
    `${name}: ${value}`
  );
  lines.push(`host: ${address}`, "connection: close");
  const chunked = request.body !== null && length === null;
  if (chunked) lines.push("transfer-encoding: chunked");
  await writeText(
    connection,
    `${request.method} ${pathname}${search} HTTP/1.1\r\n${
      lines.join("\r\n")
    }\r\n\r\n`,
  );
  for await (const piece of request.body ?? []) {
    if (chunked) {
      await writeText(connection, `${piece.length.toString(16)}\r\n`);
    }
    await writeFully(connection, piece);
    if (chunked) await writeText(connection, "\r\n");
  }
  if (chunked) await writeText(connection, "0\r\n\r\n");
}

function bodyStream(
  input: Input,
  headers: Headers,
  connection: Deno.TcpConn,
  address: string,
): ReadableStream<Uint8Array> {
  const pieces = headers.get("transfer-encoding") === "chunked"
    ? input.readChunked()
    : input.readLength(Number(headers.get("content-length") ?? Infinity));
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (!done) return controller.enqueue(value);
        closeConnection(connection);
        controller.close();
      } catch (error) {
        closeConnection(connection);
        controller.error(broken(address, error));
      }
    },
    cancel: () => closeConnection(connection),
  }, { highWaterMark: 0 });
}

/** Reads the parts of an answer from a connection. */
class Input {
  readonly #connection: Deno.TcpConn;
  #waiting: Bytes = new Uint8Array();

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Reads lines until an empty one; a 1xx answer is skipped. */
  async readHead(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#readLine();
      if (line !== "") lines.push(line);
      else if (/^HTTP\/1\.1 1/.test(lines[0] ?? "")) lines.length = 0;
      else return lines;
    }
  }

  async *readLength(length: number): AsyncGenerator<Bytes, undefined> {
    for (let missing = length; missing > 0;) {
      const piece = await this.#read();
      if (piece === undefined && missing === Infinity) return;
      if (piece === undefined) throw new Error("The connection closed");
      this.#waiting = piece.subarray(missing);
      missing -= Math.min(piece.length, missing);
      yield piece.subarray(0, piece.length - this.#waiting.length);
    }
  }

  async *readChunked(): AsyncGenerator<Bytes, undefined> {
    for (;;) {
      const size = parseInt(await this.#readLine(), 16);
      if (size === 0) return;
      yield* this.readLength(size);
      await this.#readLine();
    }
  }

  async #readLine(): Promise<string> {
    const bytes: number[] = [];
    for (;;) {
      const piece = await this.#read();
      if (piece === undefined) throw new Error("The connection closed");
      const end = piece.indexOf(10);
      this.#waiting = end === -1 ? new Uint8Array() : piece.subarray(end + 1);
      bytes.push(...(end === -1 ? piece : piece.subarray(0, end)));
      if (end !== -1) return String.fromCharCode(...bytes).trimEnd();
    }
  }

  async #read(): Promise<Bytes | undefined> {
    if (this.#waiting.length > 0) {
      const piece = this.#waiting;
      this.#waiting = new Uint8Array();
      return piece;
    }
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(buffer);
    return count === null ? undefined : buffer.subarray(0, count);
  }
}

async function writeText(connection: Deno.Conn, text: string): Promise<void> {
  await writeFully(connection, new TextEncoder().encode(text));
}
function broken(address: string, cause: unknown): ConnectionError {
  return new ConnectionError(`The connection to "${address}" broke`, {
    address,
    stage: "transfer",
    transient: true,
    cause,
  });
}
