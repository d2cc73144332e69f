/** How far a request came before it failed. */
export type ConnectionStage =
  /** The host's name has no address. */
  | "lookup"
  /** Nobody answers at the address, or it refuses. */
  | "connect"
  /** A proxy on the way refused. */
  | "proxy"
  /** The TLS handshake failed: certificate, authority, name, version. */
  | "tls"
  /** The connection broke while the request was sent or the answer read. */
  | "transfer"
  /** No byte moved for the stall timeout. */
  | "stall";

/** Stages at which nothing of the request has been sent. */
export const UNSENT_STAGES: ReadonlySet<ConnectionStage> = new Set([
  "lookup",
  "connect",
  "proxy",
  "tls",
]);

/** Options for {@linkcode ConnectionError}. */
export interface ConnectionErrorOptions extends ErrorOptions {
  /** Host and port that could not be reached, as `host:port`. */
  readonly address: string;
  /** How far the request came. */
  readonly stage: ConnectionStage;
  /** Whether the same request may work a little later. */
  readonly transient: boolean;
}

/** A request that got no answer, or only a part of one. */
export class ConnectionError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ConnectionError";
  /** Host and port that could not be reached, as `host:port`. */
  readonly address: string;
  /** How far the request came. */
  readonly stage: ConnectionStage;
  /** Whether the same request may work a little later. */
  readonly transient: boolean;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: ConnectionErrorOptions) {
    super(message, options);
    this.address = options.address;
    this.stage = options.stage;
    this.transient = options.transient;
  }
}
