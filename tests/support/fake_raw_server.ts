import { writeFully } from "../../src/content/file_access.ts";
import { strict as assert } from "node:assert";
import type { KeyPair } from "./pki.ts";

/** One connection to a {@linkcode FakeRawServer}, spoken with by hand. */
export class FakeRawConnection {
  readonly #connection: Deno.Conn;
  #buffer = new Uint8Array();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Reads the head of a request, without the blank line; "" at the end. */
  async readHead(): Promise<string> {
    while (true) {
      const text = new TextDecoder("latin1").decode(this.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#buffer = this.#buffer.slice(end + 4);
        return text.slice(0, end);
      }
      if (!await this.#fill()) return "";
    }
  }

  /** Reads so many bytes of a body, fewer at the end of the stream. */
  async readBytes(count: number): Promise<Uint8Array> {
    while (this.#buffer.length < count && await this.#fill());
    const bytes = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.slice(count);
    return bytes;
  }

  /** Reads until the other side ends or breaks the connection. */
  async readToEnd(): Promise<Uint8Array> {
    try {
      while (await this.#fill());
    } catch {
      // A broken connection is an end as well.
    }
    return this.#buffer;
  }

  /** Writes text, as UTF-8. */
  async write(text: string): Promise<void> {
    await this.writeBytes(new TextEncoder().encode(text));
  }

  /** Writes all bytes. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    await writeFully(this.#connection, bytes);
  }

  /** Ends the sending direction. */
  async end(): Promise<void> {
    assert("closeWrite" in this.#connection);
    await this.#connection.closeWrite();
  }

  async #fill(): Promise<boolean> {
    const bytes = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(bytes);
    if (count === null) return false;
    const joined = new Uint8Array(this.#buffer.length + count);
    joined.set(this.#buffer);
    joined.set(bytes.subarray(0, count), this.#buffer.length);
    this.#buffer = joined;
    return true;
  }
}

/** A server on loopback that answers byte by byte as a test says. */
export interface FakeRawServer extends AsyncDisposable {
  /** Where it listens. */
  readonly url: URL;
  /** Number of connections so far. */
  readonly connections: number;
}

/** Options for {@linkcode startFakeRawServer}. */
export interface FakeRawServerOptions {
  /** Certificate and key for TLS; absent for none. */
  readonly certificate?: KeyPair;
}

/**
 * Starts a server that hands every connection to a function and closes it when
 * the function returns.
 *
 * @param serve gets the connection and its number, from 0
 */
export function startFakeRawServer(
  serve: (connection: FakeRawConnection, index: number) => Promise<void>,
  options: FakeRawServerOptions = {},
): FakeRawServer {
  const { certificate } = options;
  const where = { hostname: "127.0.0.1", port: 0 };
  const listener: Deno.Listener<Deno.Conn> = certificate === undefined
    ? Deno.listen(where)
    : Deno.listenTls({ ...where, ...certificate });
  const open = new Set<Deno.Conn>();
  const running: Promise<void>[] = [];
  let count = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      running.push(
        serve(new FakeRawConnection(connection), count++).catch(() => {})
          .finally(() => close(open, connection)),
      );
    }
  })();
  const { addr } = listener;
  assert("port" in addr);
  const scheme = certificate === undefined ? "http" : "https";
  return {
    url: new URL(`${scheme}://127.0.0.1:${addr.port}`),
    get connections() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(open, connection);
      await accepting;
      await Promise.all(running);
    },
  };
}

function close(open: Set<Deno.Conn>, connection: Deno.Conn): void {
  if (!open.delete(connection)) return;
  connection.close();
}
