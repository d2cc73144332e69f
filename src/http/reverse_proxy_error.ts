/** A request of a client that is not forwarded, or cannot be finished. */
export class ReverseProxyError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ReverseProxyError";
  /** The HTTP status that tells the client. */
  readonly status: number;

  constructor(message: string, status: number, options: ErrorOptions = {}) {
    super(message, options);
    this.status = status;
  }
}

/** The client closed its connection: nobody is left who could be told. */
export class ClientGoneError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ClientGoneError";
}
