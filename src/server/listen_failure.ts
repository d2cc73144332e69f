/** What each failure means, and what helps; the first that fits is taken. */
const FAILURES: readonly [
  fits: (error: unknown) => boolean,
  reason: string,
  nextStep: string,
][] = [
  [
    (error) => error instanceof Deno.errors.AddrInUse,
    "another process listens there",
    "Stop that process, or listen on another port",
  ],
  [
    (error) => error instanceof Deno.errors.AddrNotAvailable,
    "this host has no such address",
    "Listen on an address of this host, or on 0.0.0.0 for all of them",
  ],
  [
    (error) => error instanceof Deno.errors.PermissionDenied,
    "this user may not",
    "Ports below 1024 need a privilege: listen on a higher one",
  ],
];

/**
 * Makes the error that says why a server cannot listen, out of the one that
 * the operating system or the TLS library gave.
 *
 * @param address what was asked for, such as `127.0.0.1:5000`
 */
export function listenFailure(error: unknown, address: string): Error {
  const known = FAILURES.find(([fits]) => fits(error));
  const reason = error instanceof Error ? error.message : String(error);
  if (isAboutTls(error)) {
    return new Error(
      `Cannot serve TLS on "${address}": ${reason}\n` +
        "A certificate chain and its private key are needed, both PEM",
      { cause: error },
    );
  }
  const text = known === undefined ? reason : `${known[1]}\n${known[2]}`;
  return new Error(`Cannot listen on "${address}": ${text}`, { cause: error });
}

/** The runtime has a class for a part of these only. */
function isAboutTls(error: unknown): boolean {
  if (error instanceof Deno.errors.InvalidData) return true;
  return error instanceof Error &&
    /KeyMismatch|certificate/.test(error.message);
}
