import { RegistryError } from "./registry_error.ts";

/**
 * An upload that cannot go on where it stands. The blob starts again from its
 * first byte; the caller decides how often.
 */
export class UploadLostError extends Error {
  /** Tells it from other errors. */
  override readonly name = "UploadLostError";
  /** Another session may work. */
  readonly transient = true;
}

/** Tells whether the registry does not know the session any more. */
export function isSessionLost(error: unknown): error is RegistryError {
  return error instanceof RegistryError &&
    (error.status === 404 || error.hasCode("BLOB_UPLOAD_UNKNOWN") ||
      error.hasCode("BLOB_UPLOAD_INVALID"));
}

/** Tells whether the registry has other bytes than those that were sent. */
export function isStoredWrong(error: unknown): error is RegistryError {
  return error instanceof RegistryError &&
    (error.hasCode("DIGEST_INVALID") || error.hasCode("SIZE_INVALID"));
}

/** Access and sizes have their own answers; the other 4xx concern the form. */
const OTHER_REASONS: ReadonlySet<number> = new Set([401, 403, 404, 413, 416]);

/** Tells whether the registry does not take this form of request. */
export function isFormRefused(error: unknown): error is RegistryError {
  return error instanceof RegistryError && !error.transient &&
    error.status >= 400 && error.status < 500 &&
    !OTHER_REASONS.has(error.status);
}
