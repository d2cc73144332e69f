import type { Duplex } from "node:stream";
import type { ByteSource } from "./http_head.ts";

/**
 * Reads what a proxy says, one piece at a time, and leaves the socket paused in
 * between: Deno 2.6 cannot start TLS over a socket with a read under way.
 */
export class TunnelReader implements ByteSource {
  readonly #socket: Duplex;
  #pushedBack: Uint8Array | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Whether bytes were read that nobody asked for. */
  get hasBytes(): boolean {
    return this.#pushedBack !== undefined || this.#socket.readableLength > 0;
  }

  /** Returns the next bytes, or null at the end of the stream. */
  read(): Promise<Uint8Array | null> {
    const bytes = this.#pushedBack;
    this.#pushedBack = undefined;
    if (bytes !== undefined) return Promise.resolve(bytes);
    const socket = this.#socket;
    if (socket.readableEnded || socket.destroyed) return Promise.resolve(null);
    const { promise, resolve, reject } = Promise.withResolvers<
      Uint8Array | null
    >();
    const onData = (data: Uint8Array) => {
      socket.pause();
      resolve(data);
    };
    const onEnd = () => resolve(null);
    socket.once("data", onData);
    socket.once("end", onEnd);
    socket.once("close", onEnd);
    socket.once("error", reject);
    socket.resume();
    return promise.finally(() => {
      socket.off("data", onData);
      socket.off("end", onEnd);
      socket.off("close", onEnd);
      socket.off("error", reject);
    });
  }

  /** Gives bytes back; the next read returns them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#pushedBack = bytes;
  }
}
