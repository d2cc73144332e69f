/**
 * Sends one request and returns the answer's head; the body follows as a
 * stream. The caller reads or cancels every body.
 *
 * A request body whose length is known carries a `content-length` header,
 * which the transport sends as it is. Redirects are never followed. A transport
 * throws {@linkcode ConnectionError} when no answer came.
 */
export type Transport = (request: Request) => Promise<Response>;

/** Makes a transport out of another one: retry, pacing, tracing. */
export type TransportWrapper = (next: Transport) => Transport;
