import { JsonObject } from "../oci/json_document.ts";

/**
 * One entry of a registry's error answer.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export interface RegistryErrorEntry {
  /** The code, `BLOB_UNKNOWN` and the like. */
  readonly code: string;
  /** What the registry says about it; may be empty. */
  readonly message: string;
  /** More about it, JSON as text; may be empty. */
  readonly detail: string;
}

/** Options for {@linkcode RegistryError}. */
export interface RegistryErrorOptions extends ErrorOptions {
  /** The request's method. */
  readonly method: string;
  /** The request's path, without its query. */
  readonly path: string;
  /** The answer's status. */
  readonly status: number;
  /** What the registry said; empty when it said nothing that can be read. */
  readonly errors?: readonly RegistryErrorEntry[];
  /** Whether the same request may work a little later. Default false. */
  readonly transient?: boolean;
  /** Milliseconds after which the registry wants to be asked again. */
  readonly retryAfter?: number;
}

/** An answer of the registry that is not what the request was made for. */
export class RegistryError extends Error {
  /** Tells it from other errors. */
  override readonly name = "RegistryError";
  /** The request's method. */
  readonly method: string;
  /** The request's path, without its query. */
  readonly path: string;
  /** The answer's status. */
  readonly status: number;
  /** What the registry said; empty when it said nothing that can be read. */
  readonly errors: readonly RegistryErrorEntry[];
  /** Whether the same request may work a little later. */
  readonly transient: boolean;
  /** Milliseconds after which the registry wants to be asked again. */
  readonly retryAfter?: number;

  /** Makes the error of one answer. */
  constructor(message: string, options: RegistryErrorOptions) {
    super(message, options);
    this.method = options.method;
    this.path = options.path;
    this.status = options.status;
    this.errors = options.errors ?? [];
    this.transient = options.transient ?? false;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }

  /** Tells whether the registry named this error code. */
  hasCode(code: string): boolean {
    return this.errors.some((entry) => entry.code === code);
  }
}

/** Longest text of a registry that is shown. */
const MAX_TEXT = 400;

/**
 * Reads the entries of an error body. A body of any other form has none: the
 * specification allows it.
 */
export function parseRegistryErrors(
  body: string,
): readonly RegistryErrorEntry[] {
  try {
    return JsonObject.from(JSON.parse(body), "the registry's error")
      .objects("errors").map((entry) => ({
        code: printable(entry.optionalString("code") ?? "UNKNOWN"),
        message: printable(entry.optionalString("message") ?? ""),
        detail: printable(textOf(entry.value("detail"))),
      }));
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Makes text of a registry safe for a terminal: one short line. */
export function printable(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, " ").trim();
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}

function textOf(detail: unknown): string {
  if (detail === undefined || detail === null) return "";
  return typeof detail === "string" ? detail : JSON.stringify(detail);
}
