import type { Duplex } from "node:stream";
import type { ByteSource } from "./http_head.ts";

interface Waiter {
  readonly resolve: (bytes: Uint8Array | null) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Reads a socket on demand: nothing is taken from the kernel beyond the
 * stream's own small buffer until someone asks.
 */
export class SocketReader implements ByteSource {
  readonly #socket: Duplex;
  #pushedBack: Uint8Array | undefined;
  #waiter: Waiter | undefined;
  #failure: unknown;
  #ended = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("readable", this.#serve);
    socket.on("end", this.#end);
    socket.on("close", this.#close);
    socket.on("error", this.#fail);
  }

  /** Whether the other side has finished, or the socket failed. */
  get closed(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  /** Whether bytes wait to be read that nobody asked for. */
  get hasBytes(): boolean {
    return this.#pushedBack !== undefined || this.#socket.readableLength > 0;
  }

  /**
   * Returns the next bytes, or null at the end of the stream.
   *
   * @throws the socket's error
   */
  read(): Promise<Uint8Array | null> {
    const bytes = this.#pushedBack;
    if (bytes !== undefined) {
      this.#pushedBack = undefined;
      return Promise.resolve(bytes);
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#serve();
    });
  }

  /** Gives bytes back; the next read returns them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#pushedBack = bytes;
  }

  #serve = (): void => {
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    const bytes: unknown = this.#socket.read();
    if (bytes instanceof Uint8Array) {
      this.#waiter = undefined;
      waiter.resolve(bytes);
      return;
    }
    if (!this.closed) return;
    this.#waiter = undefined;
    if (this.#ended) waiter.resolve(null);
    else waiter.reject(this.#failure);
  };

  #end = (): void => {
    this.#ended = true;
    this.#serve();
  };

  #close = (): void => {
    if (!this.closed) this.#failure = new Error("The socket was closed");
    this.#serve();
  };

  #fail = (reason: unknown): void => {
    if (!this.closed) this.#failure = reason;
    this.#serve();
  };
}
