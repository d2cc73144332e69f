import { writeFully } from "../../src/content/file_access.ts";
import { sleep } from "../../src/http/backoff.ts";
import { closeConnection } from "./close_connection.ts";
import type { Fault } from "./fault_plan.ts";
import { HttpStream, type RawHead } from "./http_stream.ts";

/** Options for {@linkcode FaultProxy}. */
export interface FaultProxyOptions {
  /** Port of the server on loopback. */
  readonly port: number;
  /** Decides what happens to a request. */
  readonly deal: (method: string, path: string) => Fault | undefined;
  /** The body of an answer in the server's place. */
  readonly answer: (status: number) => string;
  /**
   * Makes it an API server: what is under this path goes to the server without
   * it, and 503 is answered where the server breaks the connection.
   */
  readonly podPath?: string;
}

/** A client's request on its way to the server. */
interface Exchange {
  readonly client: Deno.TcpConn;
  readonly server: Deno.TcpConn;
  readonly requests: HttpStream;
  readonly answers: HttpStream;
  readonly head: RawHead;
  readonly method: string;
  readonly fault: Fault | undefined;
}

/** Breaks a connection on purpose. */
class Broken extends Error {}

/** A body that ends only with the connection. */
const FOREVER = {
  headers: new Headers({ "content-length": String(2 ** 40) }),
};

/** Stands between a client and an HTTP server and does harm. */
export class FaultProxy implements AsyncDisposable {
  readonly #options: FaultProxyOptions;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>;
  readonly #serving = new Set<Promise<void>>();
  /** Bytes of bodies that clients sent in uploads of blobs. */
  uploaded = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#running = this.#accept();
  }

  /** The port that clients connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Waits until all clients have closed their connections. */
  async idle(): Promise<void> {
    while (this.#serving.size > 0) await Promise.all(this.#serving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) closeConnection(connection);
    await this.#running;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const served = this.#serve(client)
        .finally(() => this.#serving.delete(served));
      this.#serving.add(served);
    }
    await Promise.all(this.#serving);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const requests = new HttpStream(client);
    this.#connections.add(client);
    try {
      client.setNoDelay();
      while (await this.#exchange(client, requests));
    } catch {
      // Whoever made it end, on purpose or not: the client learns of it.
    } finally {
      this.#forget(client);
    }
  }

  /** Passes one request and its answer; `false` ends the connection. */
  async #exchange(
    client: Deno.TcpConn,
    requests: HttpStream,
  ): Promise<boolean> {
    const head = await requests.head();
    if (head === undefined) return false;
    const [method = "", path = ""] = head.line.split(" ");
    const fault = this.#options.deal(method, path);
    if (fault?.kind === "answer") {
      for await (const _ of this.#body(requests, head));
      await this.#answer(client, method, fault.status);
      return true;
    }
    if (fault?.kind === "delay") await sleep(fault.milliseconds);
    const { port } = this.#options;
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#connections.add(server);
    try {
      server.setNoDelay();
      const answers = new HttpStream(server);
      await this.#pass(
        { client, server, requests, answers, head, method, fault },
      );
      return fault?.kind !== "close idle";
    } finally {
      this.#forget(server);
    }
  }

  async #pass(exchange: Exchange): Promise<void> {
    // A server may answer before it has the whole request.
    const sending = this.#send(exchange);
    sending.then(() => endTogether(exchange))
      .catch(() => closeConnection(exchange.server));
    const answered = await this.#passAnswer(exchange);
    await sending;
    if (!answered) await this.#answer(exchange.client, exchange.method, 503);
  }

  async #send(exchange: Exchange): Promise<void> {
    const { server, requests, head } = exchange;
    let { fault } = exchange;
    const write = this.#writerTo(server);
    await write(this.#withoutPodPath(head));
    for await (const piece of this.#body(requests, head)) {
      if (fault?.kind === "cut" || fault?.kind === "stall") {
        await write(piece.subarray(0, fault.after));
        await this.#interrupt(exchange, fault.kind);
      }
      if (fault?.kind === "corrupt") {
        const at = fault.at % piece.length;
        piece[at] = (piece[at] ?? 0) ^ 1;
        fault = undefined;
      }
      await write(piece);
    }
    // A request without a body can be cut only after its head.
    if (fault?.kind === "cut" || fault?.kind === "stall") {
      await this.#interrupt(exchange, fault.kind);
    }
  }

  /** Breaks the connection; a stall lasts until the client has had enough. */
  async #interrupt(
    { client, requests, head }: Exchange,
    kind: "cut" | "stall",
  ): Promise<never> {
    if (kind === "stall") {
      for await (const _ of this.#body(requests, { ...head, ...FOREVER }));
    }
    closeConnection(client);
    throw new Broken();
  }

  /** An API server reads a request to its end when the Pod has gone away. */
  #writerTo(server: Deno.TcpConn): (bytes: Uint8Array) => Promise<void> {
    let gone = false;
    return async (bytes) => {
      try {
        if (!gone) await writeFully(server, bytes);
      } catch (error) {
        if (this.#options.podPath === undefined) throw error;
        gone = true;
      }
    };
  }

  /** @returns `false` when there is none, and the API server has to answer */
  async #passAnswer(exchange: Exchange): Promise<boolean> {
    const { client, answers, method, fault } = exchange;
    const head = await this.#answerHead(answers);
    if (head === undefined) return false;
    const status = Number(head.line.split(" ")[1]);
    let left = Infinity;
    if (fault?.kind === "drop answer") left = 0;
    if (fault?.kind === "cut answer") left = fault.after;
    await writeFully(client, this.#withPodPath(head).subarray(0, left));
    const empty = method === "HEAD" || status === 204 || status === 304;
    if (!empty) {
      for await (const piece of answers.body(head.headers)) {
        if (left === Infinity) await writeFully(client, piece);
      }
    }
    if (left < Infinity) throw new Broken();
    return true;
  }

  async #answerHead(answers: HttpStream): Promise<RawHead | undefined> {
    const isApi = this.#options.podPath !== undefined;
    let head: RawHead | undefined;
    try {
      head = await answers.head();
    } catch (error) {
      if (!isApi) throw error;
    }
    if (head === undefined && !isApi) throw new Broken();
    return head;
  }

  #withoutPodPath({ bytes, line }: RawHead): Uint8Array {
    const { podPath } = this.#options;
    if (podPath === undefined) return bytes;
    const [method = "", path = "", version = ""] = line.split(" ");
    const rest = bytes.subarray(line.length);
    const first = [method, path.slice(podPath.length), version].join(" ");
    return Uint8Array.from([...new TextEncoder().encode(first), ...rest]);
  }

  #withPodPath({ bytes, headers }: RawHead): Uint8Array {
    const { podPath } = this.#options;
    if (podPath === undefined || !headers.has("location")) return bytes;
    const text = new TextDecoder("latin1").decode(bytes)
      .replace(/^(location: *)\//im, `$1${podPath}/`);
    return new TextEncoder().encode(text);
  }

  async #answer(
    client: Deno.TcpConn,
    method: string,
    status: number,
  ): Promise<void> {
    const body = new TextEncoder().encode(this.#options.answer(status));
    const fields = [
      `HTTP/1.1 ${status} Fault`,
      "content-type: application/json",
      `content-length: ${body.length}`,
      ...status === 429 ? ["retry-after: 1"] : [],
    ];
    const text = `${fields.join("\r\n")}\r\n\r\n`;
    await writeFully(client, new TextEncoder().encode(text));
    if (method !== "HEAD") await writeFully(client, body);
  }

  async *#body(requests: HttpStream, head: RawHead) {
    const uploads = head.line.includes("/blobs/uploads/");
    for await (const piece of requests.body(head.headers)) {
      if (uploads) this.uploaded += piece.length;
      yield piece;
    }
  }

  #forget(connection: Deno.TcpConn): void {
    closeConnection(connection);
    this.#connections.delete(connection);
  }
}

/** Who waits for an answer no longer closes the connection. */
async function endTogether({ requests, server }: Exchange): Promise<void> {
  if (!await requests.hasMore()) closeConnection(server);
}
