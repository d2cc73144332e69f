import { Buffer } from "node:buffer";

/**
 * Longest accepted head of an answer in bytes: what Go's own client accepts
 * is 1 MiB, no API server or registry comes near a quarter of it.
 */
const MAX_HEAD_LENGTH = 256 * 1024;

/** Bytes that come piece by piece; too many can be given back. */
export interface ByteSource {
  /** Returns the next bytes, or null at the end. */
  read(): Promise<Uint8Array | null>;
  /** Gives bytes back; the next read returns them. */
  unread(bytes: Uint8Array): void;
}

/** The status line and the headers of an HTTP/1.1 answer. */
export interface ResponseHead {
  /** The minor version: 0 or 1. */
  readonly minorVersion: number;
  /** The status code, 100 to 599. */
  readonly status: number;
  /** The reason phrase, perhaps empty. */
  readonly statusText: string;
  /** The header fields as they came. */
  readonly headers: Headers;
}

/** The request line and the headers of an HTTP/1.1 request. */
export interface RequestHead {
  /** The method, upper case. */
  readonly method: string;
  /** Path and query, or an absolute URL for a proxy. */
  readonly target: string;
  /** The header fields in the order they are sent. */
  readonly headers: Iterable<readonly [string, string]>;
}

/**
 * Writes the head of a request.
 *
 * @throws {TypeError} when a part would break out of its line
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function formatRequestHead(head: RequestHead): Uint8Array {
  const lines = [`${head.method} ${head.target} HTTP/1.1`];
  for (const [name, value] of head.headers) lines.push(`${name}: ${value}`);
  const unsafe = lines.find((line) => /[\0\r\n\u0100-\uffff]/.test(line));
  if (unsafe !== undefined) {
    const name = unsafe.slice(0, unsafe.search(/[: ]/));
    throw new TypeError(
      `Cannot send the header "${name}": it holds a character that a header cannot carry`,
    );
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/**
 * Reads the head of an answer; what follows it stays in the source. Returns
 * null when the stream ends before the first byte.
 *
 * @throws {SyntaxError} when it is not HTTP/1.x, is cut off or too long
 */
export async function readResponseHead(
  source: ByteSource,
): Promise<ResponseHead | null> {
  let head = Buffer.alloc(0);
  while (true) {
    const bytes = await source.read();
    if (bytes === null && head.length === 0) return null;
    if (bytes === null) {
      throw new SyntaxError("The answer ends in the middle of its head");
    }
    // The blank line may straddle two reads.
    const from = Math.max(0, head.length - 3);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf("\r\n\r\n", from);
    if (end >= 0) {
      source.unread(head.subarray(end + 4));
      return parseResponseHead(head.toString("latin1", 0, end));
    }
    if (head.length >= 5 && !head.subarray(0, 5).equals(HTTP_MARK)) {
      throw new SyntaxError("The answer is not HTTP/1.1");
    }
    if (head.length > MAX_HEAD_LENGTH) {
      throw new SyntaxError(
        `The head of the answer is longer than ${MAX_HEAD_LENGTH} bytes`,
      );
    }
  }
}

const HTTP_MARK = Buffer.from("HTTP/");

/**
 * Parses the head of an answer, without the blank line.
 *
 * @throws {SyntaxError} when it is not HTTP/1.x
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-4
 */
export function parseResponseHead(text: string): ResponseHead {
  const [statusLine = "", ...fields] = text.split("\r\n");
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: (.*))?$/.exec(statusLine);
  if (match === null) throw new SyntaxError("The answer is not HTTP/1.1");
  const [, minor = "", status = "", statusText = ""] = match;
  const headers = new Headers();
  for (const field of fields) appendField(headers, field);
  return {
    minorVersion: Number(minor),
    status: Number(status),
    statusText: printable(statusText),
    headers,
  };
}

function appendField(headers: Headers, field: string): void {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(field);
  if (match === null || /[\0\r\n]/.test(field)) {
    throw new SyntaxError("The answer has a malformed header field");
  }
  const [, name = "", value = ""] = match;
  headers.append(name, value);
}

/** `Response` refuses a status text with control characters. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, "");
}
