import { writeFully } from "../../src/content/file_access.ts";
import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { plainTransport } from "./plain_transport.ts";

/** One request that must come, and what the server does with it. */
export interface ScriptedExchange {
  /** Method and target, exactly: `PATCH /v2/a/blobs/uploads/1?_state=x`. */
  readonly request: string;
  /** Headers that the request must have; `null` for one that it must not have. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The request's body, as text, or its length. Default: none. */
  readonly body?: string | number;
  /** Status of the answer. Default 200. */
  readonly status?: number;
  /** Headers of the answer. */
  readonly answer?: Readonly<Record<string, string>>;
  /** Body of the answer. */
  readonly text?: string;
  /** Reads so many bytes of the request's body and cuts the connection. */
  readonly cutAfter?: number;
  /** Reads all of the request and closes the connection without an answer. */
  readonly lost?: boolean;
  /** Sends so many bytes of `text` and cuts the connection. */
  readonly truncate?: number;
}

/**
 * Runs an action against a server on loopback that expects exactly the requests
 * of a script, one after the other. Any other request fails the test, as does
 * one that does not come.
 */
export async function withScript(
  script: readonly ScriptedExchange[],
  action: (transport: Transport) => Promise<void>,
): Promise<void> {
  const server = new ScriptedServer(script);
  try {
    await action(plainTransport(server.address));
  } catch (error) {
    // What went wrong first is the reason.
    server.checkFaults();
    throw error;
  } finally {
    await server.close();
  }
  server.checkFaults();
  server.checkFinished();
}

class ScriptedServer {
  readonly #script: readonly ScriptedExchange[];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #running: Promise<void>;
  readonly #faults: string[] = [];
  #next = 0;

  constructor(script: readonly ScriptedExchange[]) {
    this.#script = script;
    this.#running = this.#accept();
  }

  get address(): string {
    const { hostname, port } = this.#listener.addr;
    return `${hostname}:${port}`;
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#running;
  }

  checkFaults(): void {
    assert.deepEqual(this.#faults, []);
  }

  checkFinished(): void {
    const missing = this.#script.slice(this.#next).map(({ request }) =>
      request
    );
    assert.deepEqual(missing, [], "These requests did not come");
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      try {
        await this.#serve(connection);
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionReset)) {
          this.#faults.push(String(error));
        }
      } finally {
        connection.close();
      }
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const input = new RequestInput(connection);
    const { request, headers } = await input.readHead();
    const expected = this.#script[this.#next];
    this.#next += 1;
    if (expected?.request !== request) {
      const wanted = expected?.request ?? "no more requests";
      this.#faults.push(`The request is ${request}, expected ${wanted}`);
      return await write(connection, { request, status: 500 });
    }
    if (expected.cutAfter !== undefined) {
      return void await input.readBytes(expected.cutAfter);
    }
    const body = await input.readBody(headers);
    this.#compare(expected, headers, body);
    if (!expected.lost) await write(connection, expected);
  }

  #compare(
    expected: ScriptedExchange,
    headers: Headers,
    body: Uint8Array,
  ): void {
    for (const [name, value] of Object.entries(expected.headers ?? {})) {
      if (headers.get(name) === value) continue;
      this.#faults.push(
        `${expected.request}: ${name} is ${
          headers.get(name)
        }, expected ${value}`,
      );
    }
    const wanted = expected.body ?? "";
    const actual = typeof wanted === "number"
      ? body.length
      : new TextDecoder().decode(body);
    if (actual === wanted) return;
    this.#faults.push(
      `${expected.request}: the body is ${actual}, expected ${wanted}`,
    );
  }
}

async function write(
  connection: Deno.Conn,
  exchange: ScriptedExchange,
): Promise<void> {
  const { status = 200, text = "", truncate } = exchange;
  const body = new TextEncoder().encode(text);
  const isHead = exchange.request.startsWith("HEAD ");
  const headers = new Headers(exchange.answer);
  if (!headers.has("content-length") && status !== 204) {
    headers.set("content-length", String(body.length));
  }
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  const head = `HTTP/1.1 ${status} Scripted\r\n${lines.join("\r\n")}\r\n\r\n`;
  await writeFully(connection, new TextEncoder().encode(head));
  if (!isHead) await writeFully(connection, body.subarray(0, truncate));
}
/** Reads one request. */
class RequestInput {
  readonly #connection: Deno.Conn;
  #waiting = new Uint8Array();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  async readHead(): Promise<{ request: string; headers: Headers }> {
    const request = (await this.#readLine()).replace(/ HTTP\/1\.1$/, "");
    const headers = new Headers();
    for (;;) {
      const line = await this.#readLine();
      if (line === "") return { request, headers };
      const colon = line.indexOf(":");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
  }

  async readBody(headers: Headers): Promise<Uint8Array> {
    if (headers.get("transfer-encoding") !== "chunked") {
      return await this.readBytes(Number(headers.get("content-length") ?? 0));
    }
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      const size = parseInt(await this.#readLine(), 16);
      if (size > 0) pieces.push(await this.readBytes(size));
      await this.#readLine();
      if (size === 0) return await new Blob(pieces).bytes();
    }
  }

  async readBytes(size: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      const piece = await this.#read();
      const taken = piece.subarray(0, size - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      this.#waiting = piece.subarray(taken.length);
    }
    return bytes;
  }

  async #readLine(): Promise<string> {
    let line = "";
    while (!line.endsWith("\r\n")) {
      line += String.fromCharCode(...await this.readBytes(1));
    }
    return line.slice(0, -2);
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#waiting.length > 0) {
      const piece = this.#waiting;
      this.#waiting = new Uint8Array();
      return piece;
    }
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(buffer);
    if (count === null) throw new Error("The request ends too early");
    return buffer.subarray(0, count);
  }
}
