/** A URL from the registry that k8scr does not follow. */
export class LocationError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "LocationError";

  /** Makes the error for a URL, which is shown cut and cleaned. */
  constructor(location: string, reason: string) {
    // A query may hold a signature, and the text may hold anything.
    const shown = location.replace(/\?.*$/s, "?...").slice(0, 200)
      .replace(/[^\x20-\x7e]/g, "?");
    super(`Cannot follow the registry's URL "${shown}": ${reason}`);
  }
}
