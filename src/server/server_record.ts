import type { GcReport } from "./garbage_collection.ts";

/** A request that was answered. */
export interface RequestRecord {
  /** Tells the record from others. */
  readonly kind: "request";
  /** When the request came, RFC 3339. */
  readonly time: string;
  /** The method. */
  readonly method: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** What the path names: `blob`, `manifest`, `upload`. */
  readonly route: string;
  /** Status code of the answer. */
  readonly status: number;
  /** Code of the error that was answered, such as `BLOB_UNKNOWN`. */
  readonly code?: string;
  /** What went wrong, where the answer does not say it. */
  readonly error?: string;
  /** Seconds until the last byte of the answer. */
  readonly seconds: number;
  /** Bytes of the request body that were declared. */
  readonly bytesReceived: number;
  /** Bytes of the response body that were passed on. */
  readonly bytesSent: number;
  /** Address of the client. */
  readonly client: string;
  /** What the client calls itself. */
  readonly userAgent: string;
}

/** What the server did by itself. */
export type ServerRecord =
  | RequestRecord
  | {
    readonly kind: "collection";
    readonly time: string;
    readonly report: GcReport;
  }
  | {
    readonly kind: "failure";
    readonly time: string;
    readonly error: string;
  };

/** Writes a record as one line for people. */
export function formatRecord(record: ServerRecord): string {
  switch (record.kind) {
    case "request":
      return formatRequest(record);
    case "collection":
      return `${record.time} collected ${record.report.blobs} blobs, ` +
        `${record.report.manifests} manifests, ` +
        `${record.report.uploads} uploads: ${record.report.bytes} bytes freed`;
    case "failure":
      return `${record.time} ${record.error}`;
  }
}

function formatRequest(record: RequestRecord): string {
  const { time, client, method, path, status, code, error } = record;
  const seconds = record.seconds.toFixed(3);
  return [
    `${time} ${client} ${method} ${path} ${status} ${seconds}s`,
    `in=${record.bytesReceived} out=${record.bytesSent}`,
    ...code === undefined ? [] : [code],
    ...error === undefined ? [] : [JSON.stringify(error)],
  ].join(" ");
}
