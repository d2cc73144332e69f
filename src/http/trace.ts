import type { Transport, TransportWrapper } from "./transport.ts";

/** Options for {@linkcode withTrace}. */
export interface TraceOptions {
  /**
   * Query parameters whose values are shown; all others may be signatures.
   *
   * @default {["digest", "mount", "from", "n", "last", "artifactType"]}
   */
  readonly visibleParameters?: readonly string[];
  /**
   * Milliseconds of a clock that never goes back.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
}

const VISIBLE_PARAMETERS = [
  "digest",
  "mount",
  "from",
  "n",
  "last",
  "artifactType",
];

/**
 * Tells one line for each exchange, when its answer is read to the end:
 * `PATCH /v2/a/blobs/uploads/1?_state=… 202, sent 8388608 B, received 0 B, 31 ms`.
 * No header, no body, no host and no query value that may be a secret is in it.
 */
export function withTrace(
  log: (line: string) => void,
  options: TraceOptions = {},
): TransportWrapper {
  const { now = () => performance.now() } = options;
  const visible = new Set(options.visibleParameters ?? VISIBLE_PARAMETERS);
  return (next: Transport): Transport => async (request) => {
    const started = now();
    const exchange = `${request.method} ${redactUrl(request.url, visible)}`;
    const finish = (outcome: string) =>
      log(`${exchange} ${outcome}, ${Math.round(now() - started)} ms`);
    try {
      const response = await next(request);
      const sent = sentBytes(request);
      return onBodyEnd(response, (received, end) => {
        finish(`${response.status}, ${sent}, received ${received} B${end}`);
      });
    } catch (error) {
      finish(error instanceof Error ? `failed (${error.name})` : "failed");
      throw error;
    }
  };
}

/** Returns path and query of a URL, without the values that may be secret. */
function redactUrl(url: string, visible: ReadonlySet<string>): string {
  const { pathname, search } = new URL(url);
  if (search === "") return pathname;
  const parameters = search.slice(1).split("&").map((parameter) => {
    const [name = ""] = parameter.split("=", 1);
    return visible.has(name) ? parameter : `${name}=…`;
  });
  return `${pathname}?${parameters.join("&")}`;
}

function sentBytes(request: Request): string {
  const length = request.headers.get("content-length");
  if (length !== null) return `sent ${length} B`;
  return request.body === null ? "sent 0 B" : "sent a stream";
}

/** Watches a body without holding it up. */
function onBodyEnd(
  response: Response,
  callback: (bytes: number, end: string) => void,
): Response {
  if (response.body === null) {
    callback(0, "");
    return response;
  }
  const reader = response.body.getReader();
  let bytes = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          callback(bytes, "");
          return controller.close();
        }
        bytes += value.length;
        controller.enqueue(value);
      } catch (error) {
        callback(bytes, ", broken off");
        controller.error(error);
      }
    },
    async cancel(reason) {
      callback(bytes, ", given up");
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}
