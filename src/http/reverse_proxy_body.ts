import { ClientGoneError, ReverseProxyError } from "./reverse_proxy_error.ts";

/** Milliseconds for the rest of a body that nobody wants any more. */
const DRAIN_TIME = 2000;

/** Calls back when a wait takes too long; one timer, however many waits. */
class IdleWatch {
  readonly #timer: ReturnType<typeof setInterval>;
  #waitingSince: number | undefined;

  constructor(timeout: number, onIdle: () => void) {
    this.#timer = setInterval(() => {
      const since = this.#waitingSince;
      if (since === undefined || performance.now() - since < timeout) return;
      this.close();
      onIdle();
    }, timeout / 4);
  }

  start(): void {
    this.#waitingSince = performance.now();
  }

  stop(): void {
    this.#waitingSince = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Options for {@linkcode ClientBody}. */
export interface ClientBodyOptions {
  /** Milliseconds without a byte after which the client is given up. */
  readonly timeout: number;
  /** Whether the client sends its body only when that is asked for. */
  readonly waits: boolean;
}

/** The body of a client's request, on its way to another server. */
export class ClientBody implements AsyncDisposable {
  /** The bytes; read when they are asked for, not before. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #watch: IdleWatch;
  readonly #waits: boolean;
  #touched = false;
  #ended = false;
  #isIdle = false;

  /** Takes over the body of a request. */
  constructor(body: ReadableStream<Uint8Array>, options: ClientBodyOptions) {
    const { timeout, waits } = options;
    this.#reader = body.getReader();
    this.#waits = waits;
    this.#watch = new IdleWatch(timeout, () => {
      this.#isIdle = true;
      this.#cancel();
    });
    // Cancelled by the other side, it stays open for the client's sake.
    this.stream = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
    }, { highWaterMark: 0 });
  }

  /** Whether a byte of it may have been sent on. */
  get touched(): boolean {
    return this.#touched;
  }

  /**
   * Reads the rest of the body for some time: a client that still sends when
   * its connection is closed does not get to see the answer.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch.close();
    if (this.#ended) return;
    if (this.#waits && !this.#touched) return this.#cancel();
    const timer = setTimeout(() => this.#cancel(), DRAIN_TIME);
    try {
      while (!(await this.#reader.read()).done);
    } catch {
      // The client has gone, and does not mind.
    } finally {
      clearTimeout(timer);
    }
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    this.#touched = true;
    this.#watch.start();
    const piece = await this.#next();
    this.#watch.stop();
    if (piece === undefined) controller.close();
    else controller.enqueue(piece);
  }

  /** @throws what the other side is told, and with it whoever waits for it */
  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#reader.read();
      if (this.#isIdle) {
        throw new ReverseProxyError(
          "Cannot go on with the request: the client sends nothing",
          408,
        );
      }
      this.#ended = done;
      return value;
    } catch (error) {
      this.#ended = true;
      if (error instanceof ReverseProxyError) throw error;
      throw new ClientGoneError("The client closed the connection", {
        cause: error,
      });
    }
  }

  #cancel(): void {
    // It may have failed in the same moment.
    this.#reader.cancel().catch(() => {});
  }
}

/** Options for {@linkcode clientStream}. */
export interface ClientStreamOptions {
  /** Whether the client knows the length, and so sees when bytes are missing. */
  readonly isSized: boolean;
  /** Milliseconds after which a client that takes nothing is given up. */
  readonly timeout: number;
  /** Called once at the end, with the reason when that came too early. */
  readonly onEnd: (failure?: unknown) => void;
}

/** Passes the body of an answer on to a client, no faster than it reads. */
export function clientStream(
  body: ReadableStream<Uint8Array>,
  options: ClientStreamOptions,
): ReadableStream<Uint8Array> {
  const sender = new AnswerSender(body, options);
  return new ReadableStream<Uint8Array>({
    start: (controller) => sender.start(controller),
    pull: (controller) => sender.send(controller),
    cancel: () => sender.give(new ClientGoneError("The client has gone")),
  }, { highWaterMark: 0 });
}

class AnswerSender {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: ClientStreamOptions;
  #watch: IdleWatch | undefined;
  #ended = false;

  constructor(
    body: ReadableStream<Uint8Array>,
    options: ClientStreamOptions,
  ) {
    this.#reader = body.getReader();
    this.#options = options;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#watch = new IdleWatch(this.#options.timeout, () => {
      this.give(
        new ReverseProxyError(
          "Cannot go on with the answer: the client takes nothing",
          408,
        ),
      );
      controller.close();
    });
    this.#watch.start();
  }

  async send(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    this.#watch?.stop();
    try {
      const { done, value } = await this.#reader.read();
      if (this.#ended) return;
      this.#watch?.start();
      if (!done) return controller.enqueue(value);
      this.#end();
      controller.close();
    } catch (error) {
      if (this.#ended) return;
      this.#end(error);
      // An error would do the same, and be printed by the runtime.
      if (this.#options.isSized) controller.close();
      else controller.error(error);
    }
  }

  /** Gives the rest up. */
  give(reason: unknown): void {
    this.#end(reason);
    this.#reader.cancel(reason).catch(() => {});
  }

  #end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch?.close();
    this.#options.onEnd(failure);
  }
}
