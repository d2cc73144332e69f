/**
 * Error codes of the distribution spec, and the few that distribution added to
 * them and clients know.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export type ApiErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "PAGINATION_NUMBER_INVALID"
  | "RANGE_INVALID"
  | "SIZE_INVALID"
  | "STORAGE_FULL"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAVAILABLE"
  | "UNKNOWN"
  | "UNSUPPORTED";

/** Options for {@linkcode ApiError}. */
export interface ApiErrorOptions extends ErrorOptions {
  /** Header fields that go with the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What exactly is wrong, for programs. */
  readonly detail?: unknown;
}

/** A request that the registry answers with an error. */
export class ApiError extends Error {
  /** Tells this error from others. */
  override readonly name = "ApiError";
  /** Status code of the answer. */
  readonly status: number;
  /** What is wrong, in the spec's words. */
  readonly code: ApiErrorCode;
  /** Header fields that go with the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** What exactly is wrong, for programs. */
  readonly detail: unknown;

  /** Makes the error of an answer. */
  constructor(
    status: number,
    code: ApiErrorCode,
    message: string,
    options: ApiErrorOptions = {},
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.detail = options.detail;
  }

  /** Returns the body of the answer. */
  toJson(): string {
    const { code, message, detail } = this;
    return JSON.stringify({
      errors: [{ code, message, ...detail !== undefined && { detail } }],
    });
  }
}
