import type { Duplex } from "node:stream";
import { bodyFraming, type BodyReader, bodyReader } from "./http_body.ts";
import { readResponseHead, type ResponseHead } from "./http_head.ts";
import {
  type OutgoingRequest,
  RequestWriter,
  WriteError,
} from "./request_writer.ts";
import { SocketReader } from "./socket_reader.ts";
import { StallTimer } from "./stall_timer.ts";

/** One request for {@linkcode HttpConnection.exchange}. */
export interface Exchange extends OutgoingRequest {
  /** Ends the exchange, the answer's body included. */
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the exchange is given up. */
  readonly stallTimeout: number;
  /** Called once, when the connection is free again or lost. */
  readonly onFree: (reusable: boolean) => void;
  /** Explains a failure in the middle of the answer's body to its reader. */
  readonly explain: (reason: ExchangeError) => Error;
}

/** Why an exchange failed, before anyone knows whose connection it was. */
export class ExchangeError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ExchangeError";
  /** Whether the silence of the other side was the reason. */
  readonly stalled: boolean;
  /** Whether any byte of the answer had arrived. */
  readonly answered: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { stalled: boolean; answered: boolean },
  ) {
    super(message, options);
    this.stalled = options.stalled;
    this.answered = options.answered;
  }
}

/**
 * One HTTP/1.1 connection. `node:https` of Deno 2.6 reports every TLS failure
 * as "connection error" and never settles when the server refuses the client's
 * certificate, so the few parts of HTTP that are needed are spoken here.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class HttpConnection {
  readonly #socket: Duplex;
  readonly #reader: SocketReader;
  #used = false;

  /** Takes over a connected socket, TLS included. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#reader = new SocketReader(socket);
  }

  /** Whether an exchange went over it before. */
  get used(): boolean {
    return this.#used;
  }

  /** Whether it can carry another exchange, as far as one can know. */
  get open(): boolean {
    return !this.#socket.destroyed && !this.#reader.closed &&
      !this.#reader.hasBytes;
  }

  /** Closes it at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Sends a request and returns the answer as soon as its head is there, even
   * when that happens before the body is sent.
   *
   * @throws {ExchangeError} when no answer came
   */
  async exchange(exchange: Exchange): Promise<Response> {
    const run = new RunningExchange(this.#socket, this.#reader, exchange);
    this.#used = true;
    return await run.answer();
  }
}

class RunningExchange {
  readonly #socket: Duplex;
  readonly #reader: SocketReader;
  readonly #exchange: Exchange;
  readonly #stall: StallTimer;
  readonly #writer: RequestWriter;
  #sending: Promise<void> = Promise.resolve();
  #failure: unknown;
  #answered = false;
  #freed = false;

  constructor(socket: Duplex, reader: SocketReader, exchange: Exchange) {
    this.#socket = socket;
    this.#reader = reader;
    this.#exchange = exchange;
    this.#stall = new StallTimer(exchange.stallTimeout, this.#onStall);
    this.#writer = new RequestWriter(socket, exchange, this.#stall);
    exchange.signal.addEventListener("abort", this.#onAbort);
  }

  async answer(): Promise<Response> {
    try {
      this.#exchange.signal.throwIfAborted();
      const head = await this.#converse();
      return this.#response(head);
    } catch (reason) {
      throw this.#abandon(reason);
    }
  }

  /** Sends and listens at once: a refusal may come before the body is read. */
  async #converse(): Promise<ResponseHead> {
    const heard = this.#readHead();
    this.#sending = this.#send();
    // Both are awaited later; until then a failure is not "unhandled".
    heard.catch(() => {});
    this.#sending.catch(() => {});
    const head = await heard;
    if (this.#writer.handedOver) return head;
    if (head.status < 300) {
      this.#stall.start();
      await this.#sending.catch(() => {});
    } else this.#writer.stop();
    if (this.#failure !== undefined) throw this.#failure;
    return head;
  }

  async #send(): Promise<void> {
    try {
      await this.#writer.write();
      if (!this.#answered) this.#stall.start();
    } catch (reason) {
      // The source's own failure ends the exchange; a broken socket may still
      // hold the answer that explains it.
      if (!(reason instanceof WriteError)) this.#fail(reason);
      throw reason;
    }
  }

  async #readHead(): Promise<ResponseHead> {
    while (true) {
      const head = await readResponseHead(this.#reader);
      if (head === null) throw new Error("The connection was closed");
      // 1xx answers only announce the real one.
      if (head.status < 200) continue;
      this.#answered = true;
      this.#stall.stop();
      return head;
    }
  }

  #response(head: ResponseHead): Response {
    const framing = bodyFraming(this.#exchange.head.method, head);
    const body = bodyReader(this.#reader, framing);
    const reusable = framing.kind !== "close" &&
      head.minorVersion === 1 &&
      !/\bclose\b/i.test(head.headers.get("connection") ?? "");
    if (body.done) this.#free(reusable);
    return new Response(body.done ? null : this.#stream(body, reusable), {
      status: head.status,
      statusText: head.statusText,
      headers: head.headers,
    });
  }

  #stream(body: BodyReader, reusable: boolean): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          this.#stall.start();
          const bytes = await body.next();
          this.#stall.stop();
          if (bytes !== null) controller.enqueue(bytes);
          if (!body.done) return;
          this.#free(reusable);
          controller.close();
        } catch (reason) {
          const failure = this.#abandon(reason);
          controller.error(
            failure instanceof ExchangeError
              ? this.#exchange.explain(failure)
              : failure,
          );
        }
      },
      cancel: () => {
        this.#socket.destroy();
        this.#free(false);
      },
    }, { highWaterMark: 0 });
  }

  #onStall = (): void => {
    const seconds = this.#exchange.stallTimeout / 1000;
    this.#fail(
      new ExchangeError(`No byte moved for ${seconds} seconds`, {
        stalled: true,
        answered: this.#answered,
      }),
    );
  };

  #onAbort = (): void => {
    this.#fail(this.#exchange.signal.reason);
  };

  #fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#socket.destroy();
  }

  /** Closes the connection and tells what the caller is told. */
  #abandon(reason: unknown): unknown {
    this.#socket.destroy();
    this.#free(false);
    const { signal } = this.#exchange;
    if (signal.aborted) return signal.reason;
    if (this.#failure !== undefined) return this.#failure;
    const message = reason instanceof Error ? reason.message : String(reason);
    return new ExchangeError(message, {
      cause: reason,
      stalled: false,
      answered: this.#answered,
    });
  }

  #free(reusable: boolean): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#stall.stop();
    this.#exchange.signal.removeEventListener("abort", this.#onAbort);
    if (this.#writer.done || !this.#writer.handedOver || !reusable) {
      this.#writer.stop();
      this.#exchange.onFree(reusable && this.#writer.done);
      return;
    }
    // The answer overtook the socket's word that it sent the last piece.
    this.#stall.start();
    this.#sending.then(() => true, () => false).then((sent) => {
      this.#stall.stop();
      this.#exchange.onFree(sent);
    });
  }
}
