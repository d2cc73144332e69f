import type { Traffic } from "./body_reader.ts";
import type { FileRange } from "./file_stream.ts";

/** What the registry answers, before it becomes an HTTP response. */
export interface Reply {
  /** Status code. */
  readonly status: number;
  /** Header fields, beside those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body; left out for HEAD, whose header fields are the same. */
  readonly body?: Uint8Array | FileRange;
}

/** What is known of a request when its route is. */
export interface Call {
  /** The method. */
  readonly method: string;
  /** The header fields. */
  readonly headers: Headers;
  /** The query, decoded. */
  readonly query: URLSearchParams;
  /** The body, if there is one. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Counts the bytes of the body that are read. */
  readonly traffic: Traffic;
}

/** Answers with a JSON document. */
export function jsonReply(
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = new TextEncoder().encode(JSON.stringify(document));
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      "content-length": String(body.length),
      ...headers,
    },
    body,
  };
}
