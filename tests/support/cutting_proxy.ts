import { writeFully } from "../../src/content/file_access.ts";
import { closeConnection } from "./close_connection.ts";

/** Where the next connection is cut. */
export interface Cut {
  /** Bytes that pass to the server before the cut. */
  readonly afterSent?: number;
  /** Bytes of the answer that pass before the cut; 0 loses it whole. */
  readonly afterReceived?: number;
}

/** A TCP proxy that breaks connections where it is told to. */
export interface CuttingProxy extends AsyncDisposable {
  /** Host and port that clients connect to. */
  readonly address: string;
  /** Bytes that clients sent in all. */
  readonly sent: number;
  /** Bytes that clients were sent in all. */
  readonly received: number;
  /** Number of connections that were cut. */
  readonly cuts: number;
  /**
   * Arms a cut. It happens once, on whichever connection gets there first,
   * counted from now.
   */
  cutNext(cut: Cut): void;
}

/** Listens on loopback and passes bytes to a server, `127.0.0.1:5000`. */
export function cuttingProxy(server: string): CuttingProxy {
  return new LoopbackProxy(server);
}

type Direction = "sent" | "received";

class LoopbackProxy implements CuttingProxy {
  readonly #server: { hostname: string; port: number };
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #running: Promise<void>;
  #armed: Record<Direction, number> | undefined;
  sent = 0;
  received = 0;
  cuts = 0;

  constructor(server: string) {
    const [hostname = "", port = ""] = server.split(":");
    this.#server = { hostname, port: Number(port) };
    this.#running = this.#accept();
  }

  get address(): string {
    const { hostname, port } = this.#listener.addr;
    return `${hostname}:${port}`;
  }

  cutNext(cut: Cut): void {
    this.#armed = {
      sent: cut.afterSent ?? Infinity,
      received: cut.afterReceived ?? Infinity,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) closeConnection(connection);
    await this.#running;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const client of this.#listener) {
      serving.push(this.#serve(client));
    }
    await Promise.all(serving);
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    try {
      const server = await Deno.connect(this.#server);
      this.#connections.add(server);
      await Promise.all([
        this.#pass(client, server, "sent"),
        this.#pass(server, client, "received"),
      ]);
      this.#connections.delete(server);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    } finally {
      closeConnection(client);
      this.#connections.delete(client);
    }
  }

  async #pass(
    from: Deno.Conn,
    to: Deno.Conn,
    direction: Direction,
  ): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        this[direction] += count;
        const allowed = this.#allow(count, direction);
        await writeFully(to, buffer.subarray(0, allowed));
        if (allowed === count) continue;
        this.cuts += 1;
        break;
      }
    } catch {
      // The other side, or the other direction, closed the connection.
    }
    closeConnection(from);
    closeConnection(to);
  }

  /** Tells how many bytes may pass. */
  #allow(bytes: number, direction: Direction): number {
    const armed = this.#armed;
    if (armed === undefined) return bytes;
    const left = armed[direction];
    if (bytes > left) {
      this.#armed = undefined;
      return left;
    }
    armed[direction] = left - bytes;
    return bytes;
  }
}
