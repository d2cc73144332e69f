import { joinBytes } from "../http/body.ts";
import { parseRetryAfter } from "../http/retry_after.ts";

/** Most of an error's body that is read, in bytes. */
const MAX_STATUS_LENGTH = 64 * 1024;

/** Most of a message that is shown: a hostile Pod could send pages. */
const MAX_MESSAGE_LENGTH = 1000;

/** Options for {@linkcode KubernetesError}. */
export interface KubernetesErrorOptions extends ErrorOptions {
  /** The HTTP status code. */
  readonly status: number;
  /** The machine-readable reason, such as `Forbidden`; may be empty. */
  readonly reason: string;
  /** What the API server said, in its own words. */
  readonly statusMessage: string;
  /** Which hop failed: the API server, or its way to the Pod. */
  readonly hop: "server" | "pod";
  /** Whether the same request may work a little later. */
  readonly transient: boolean;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfter?: number;
}

/** The API server refused a request, or could not pass it on to the Pod. */
export class KubernetesError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "KubernetesError";
  /** The HTTP status code. */
  readonly status: number;
  /** The machine-readable reason, such as `Forbidden`; may be empty. */
  readonly reason: string;
  /** What the API server said, in its own words. */
  readonly statusMessage: string;
  /** Which hop failed: the API server, or its way to the Pod. */
  readonly hop: "server" | "pod";
  /** Whether the same request may work a little later. */
  readonly transient: boolean;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfter?: number;

  /** Makes the error; the message says whose it is and what to do next. */
  constructor(message: string, options: KubernetesErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.reason = options.reason;
    this.statusMessage = options.statusMessage;
    this.hop = options.hop;
    this.transient = options.transient;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }

  /** Makes the same error with other words, or another verdict on a retry. */
  with(
    changes: { readonly message?: string; readonly transient?: boolean },
  ): KubernetesError {
    const { message = this.message, transient = this.transient } = changes;
    return new KubernetesError(message, { ...this, transient, cause: this });
  }
}

/**
 * The error document of an API server.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export interface KubernetesStatus {
  /** The HTTP status code. */
  readonly code: number;
  /** The machine-readable reason, such as `Forbidden`; may be empty. */
  readonly reason: string;
  /** What happened, for people, free of control characters. */
  readonly message: string;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfter?: number;
}

/** An answer that was looked into, and can still be read whole. */
export interface PeekedResponse {
  /** The API server's own error, where the answer is one. */
  readonly status?: KubernetesStatus;
  /** The beginning of the body as text. */
  readonly text: string;
  /** The answer with its body as it came. */
  readonly response: Response;
}

/**
 * Reads the beginning of a failed answer and tells whether the API server
 * itself wrote it, or something behind or in front of it.
 */
export async function peekStatus(response: Response): Promise<PeekedResponse> {
  const { start, rest } = await readStart(response);
  const text = new TextDecoder().decode(start);
  const status = parseStatus(text) ?? parsePlainStatus(response, text);
  const retryAfter = status?.retryAfter ?? parseRetryAfter(response.headers);
  return {
    ...(status === undefined ? {} : {
      status: retryAfter === undefined ? status : { ...status, retryAfter },
    }),
    text,
    response: new Response(isBodiless(response) ? null : rest(), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    }),
  };
}

/** Parses a Status document; returns `undefined` for anything else. */
export function parseStatus(text: string): KubernetesStatus | undefined {
  const document = parseObject(text);
  if (document?.kind !== "Status" || document.apiVersion !== "v1") {
    return undefined;
  }
  const { code, reason, message, details } = document;
  if (typeof code !== "number" || !Number.isInteger(code)) return undefined;
  const seconds = isObject(details) ? details.retryAfterSeconds : undefined;
  return {
    code,
    reason: typeof reason === "string" ? sanitize(reason) : "",
    message: typeof message === "string" ? sanitize(message) : "",
    ...(typeof seconds === "number" && seconds > 0
      ? { retryAfter: seconds * 1000 }
      : {}),
  };
}

/** Makes foreign text fit for a terminal: one line, no control characters. */
export function sanitize(text: string): string {
  // deno-lint-ignore no-control-regex
  const plain = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  if (plain.length <= MAX_MESSAGE_LENGTH) return plain;
  return `${plain.slice(0, MAX_MESSAGE_LENGTH)}...`;
}

/** What the API server writes where it does not come to a Status. */
const PLAIN_MESSAGES: readonly RegExp[] = [
  /^This request caused apiserver to panic\./,
  /^The apiserver is shutting down, please try again later\./,
  /^Too many requests, please try again later\./,
];

function parsePlainStatus(
  response: Response,
  text: string,
): KubernetesStatus | undefined {
  if (!PLAIN_MESSAGES.some((pattern) => pattern.test(text))) return undefined;
  return {
    code: response.status,
    reason: response.status === 429 ? "TooManyRequests" : "InternalError",
    message: sanitize(text),
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return isObject(document) ? document : undefined;
  } catch {
    // Cut off at the cap, or not JSON: either way no Status.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBodiless(response: Response): boolean {
  return response.body === null;
}

interface Start {
  readonly start: Uint8Array;
  readonly rest: () => ReadableStream<Uint8Array>;
}

async function readStart(response: Response): Promise<Start> {
  const pieces: Uint8Array[] = [];
  const reader = response.body?.getReader();
  let size = 0;
  let ended = reader === undefined;
  while (reader !== undefined && size < MAX_STATUS_LENGTH) {
    const { done, value } = await reader.read();
    ended = done;
    if (done) break;
    pieces.push(value);
    size += value.length;
  }
  const start = joinBytes(pieces);
  const rest = () => resume(pieces, ended ? undefined : reader);
  return { start, rest };
}

function resume(
  pieces: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      if (reader === undefined) controller.close();
    },
    async pull(controller) {
      const next = await reader?.read();
      if (next === undefined || next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel(reason) {
      await reader?.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
