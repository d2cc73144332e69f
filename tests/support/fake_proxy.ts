import { Buffer } from "node:buffer";
import { once } from "node:events";
import { strict as assert } from "node:assert";
import { connect, createServer, type Socket } from "node:net";
import { startFakeTlsFront } from "./fake_tls_front.ts";
import type { KeyPair } from "./pki.ts";

/** Options for {@linkcode startFakeProxy}. */
export interface FakeProxyOptions {
  /** What the proxy speaks. */
  readonly kind: "http" | "https" | "socks5";
  /** The certificate of an `https` proxy. */
  readonly certificate?: KeyPair;
  /** `user:password` that it asks for. */
  readonly login?: string;
  /** Where it connects to, whatever it is asked for: a port of loopback. */
  readonly port?: number;
  /** Status line or SOCKS code that it answers with in place of connecting. */
  readonly refusal?: string | number;
}

/** A proxy on loopback. */
export interface FakeProxy extends Disposable {
  /** Its URL, without a login. */
  readonly url: URL;
  /** `host:port` of each connection that it was asked for. */
  readonly targets: readonly string[];
}

/** Starts a proxy that tunnels to loopback. */
export async function startFakeProxy(
  options: FakeProxyOptions,
): Promise<FakeProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const proxy = new ProxyConnection(socket, { ...options, targets, sockets });
    proxy.run().catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object");
  const front = options.certificate &&
    startFakeTlsFront(options.certificate, { port: address.port });
  return {
    url: new URL(
      `${options.kind}://localhost:${front?.port ?? address.port}`,
    ),
    targets,
    [Symbol.dispose]() {
      front?.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

interface ProxyContext extends FakeProxyOptions {
  readonly targets: string[];
  readonly sockets: Set<Socket>;
}

class ProxyConnection {
  readonly #socket: Socket;
  readonly #context: ProxyContext;

  constructor(socket: Socket, context: ProxyContext) {
    this.#socket = socket;
    this.#context = context;
  }

  async run(): Promise<void> {
    if (this.#context.kind === "socks5") await this.#socks();
    else await this.#http();
  }

  async #next(): Promise<Buffer> {
    this.#socket.resume();
    const [bytes] = await once(this.#socket, "data");
    this.#socket.pause();
    return Buffer.from(bytes);
  }

  async #http(): Promise<void> {
    const first = await this.#next();
    const [head = ""] = first.toString("latin1").split("\r\n\r\n");
    const [, method = "", target = ""] = /^(\S+) (\S+)/.exec(head) ?? [];
    const { login, refusal, targets } = this.#context;
    targets.push(target);
    const token = login && Buffer.from(login).toString("base64");
    if (token && !head.includes(`proxy-authorization: Basic ${token}`)) {
      this.#socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    } else if (refusal !== undefined) {
      this.#socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    } else if (method === "CONNECT") {
      await this.#tunnel(target, "HTTP/1.1 200 OK\r\n\r\n");
    } else await this.#tunnel(new URL(target).host, "", first);
  }

  /** @see https://www.rfc-editor.org/rfc/rfc1928 */
  async #socks(): Promise<void> {
    const { login, refusal, targets } = this.#context;
    const [, ...methods] = await this.#next();
    const method = login === undefined ? 0 : methods.includes(2) ? 2 : 0xff;
    this.#socket.write(Buffer.from([5, method]));
    if (method === 2) {
      const given = await this.#next();
      const nameEnd = 2 + (given[1] ?? 0);
      const name = given.toString("utf8", 2, nameEnd);
      const password = given.toString("utf8", nameEnd + 1);
      const good = `${name}:${password}` === login;
      this.#socket.write(Buffer.from([1, good ? 0 : 1]));
    }
    const request = await this.#next();
    const length = request[4] ?? 0;
    const host = request.toString("utf8", 5, 5 + length);
    const port = request.readUInt16BE(5 + length);
    targets.push(`${host}:${port}`);
    const answer = [5, Number(refusal ?? 0), 0, 1, 127, 0, 0, 1, 0, 80];
    if (refusal !== undefined) this.#socket.end(Buffer.from(answer));
    else await this.#tunnel(`${host}:${port}`, Buffer.from(answer));
  }

  async #tunnel(
    target: string,
    greeting: string | Uint8Array,
    first?: Uint8Array,
  ): Promise<void> {
    const port = this.#context.port ?? Number(target.split(":").at(-1));
    const upstream = connect(port, "127.0.0.1");
    this.#context.sockets.add(upstream);
    upstream.on("error", () => this.#socket.destroy());
    upstream.on("close", () => {
      this.#context.sockets.delete(upstream);
      this.#socket.end();
    });
    this.#socket.on("close", () => upstream.destroy());
    await once(upstream, "connect");
    if (greeting.length > 0) this.#socket.write(greeting);
    if (first !== undefined) upstream.write(first);
    this.#socket.pipe(upstream);
    upstream.pipe(this.#socket);
  }
}
