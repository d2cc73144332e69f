import { discard, readBody, readTextUpTo } from "../http/body.ts";
import type { EngineEndpoint } from "./engine_endpoint.ts";
import {
  EngineConnectionError,
  EngineError,
  type EngineErrorOptions,
} from "./engine_error.ts";
import type { EngineTransport } from "./engine_transport.ts";

/** What an engine says about an image is a few kilobytes. */
const MAX_DOCUMENT = 4 * 1024 * 1024;

/** As much of an error as anybody reads. */
const MAX_ERROR = 16 * 1024;

/**
 * Bytes of an export that are handed on at once, in a buffer that they fill, so
 * that whoever is done with it can give back its memory.
 */
const PIECE_SIZE = 256 * 1024;

/** A request to an engine. */
export interface EngineRequest {
  /** What is done with which, for messages: `read "cool/image:1.2" from`. */
  readonly action: string;
  /** Default `GET`. */
  readonly method?: "GET" | "POST";
  /** The path, unversioned: the engine's newest API answers. */
  readonly path: string;
  /** A tar, sent in chunks. */
  readonly body?: ReadableStream<Uint8Array>;
  /** Ends the request, and the body of its answer. */
  readonly signal?: AbortSignal;
}

/** Asks one engine, and says whose fault a failure is. */
export class EngineClient implements Disposable {
  /** The engine, for messages: `the engine at unix:///var/run/docker.sock`. */
  readonly location: string;
  readonly #transport: EngineTransport;

  /** @param transport closed with the client */
  constructor(endpoint: EngineEndpoint, transport: EngineTransport) {
    this.location = `the engine at ${endpoint.address}`;
    this.#transport = transport;
  }

  /**
   * Sends a request. The caller reads or cancels the body of the answer, which
   * fails with an {@linkcode EngineConnectionError} when it is cut off.
   *
   * @throws {EngineError} when the engine refuses, in its own words
   * @throws {EngineConnectionError} when no answer came
   */
  async send(request: EngineRequest): Promise<Response> {
    const response = await this.#exchange(request);
    if (response.ok) return this.#guarded(request, response);
    const text = await readTextUpTo(response, MAX_ERROR);
    throw this.refusal(request.action, messageOf(text) ?? text.trim(), {
      status: response.status,
    });
  }

  /**
   * Reads a document, or returns `undefined` when the engine does not have it.
   *
   * @throws {EngineError} when the engine refuses
   * @throws {EngineConnectionError} when no answer came
   */
  async read(request: EngineRequest): Promise<Uint8Array> {
    return await readBody(await this.send(request), MAX_DOCUMENT);
  }

  /** Sends a request of whose answer only the headers count. */
  async headers(request: EngineRequest): Promise<Headers> {
    const response = await this.send(request);
    await discard(response);
    return response.headers;
  }

  /** Makes the error of what the engine said. */
  refusal(
    action: string,
    message: string,
    options: EngineErrorOptions,
  ): EngineError {
    const said = message || `its answer is ${options.status}`;
    return new EngineError(
      `Cannot ${action} ${this.location}: ${said}`,
      options,
    );
  }

  /** Ends every request that is under way. */
  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  async #exchange(request: EngineRequest): Promise<Response> {
    const { method = "GET", path, body, signal } = request;
    const { url, send } = this.#transport;
    try {
      return await send(
        new Request(`${url}${path}`, {
          method,
          // A tar must come as it is, not compressed once more.
          headers: {
            "accept-encoding": "identity",
            ...body && { "content-type": "application/x-tar" },
          },
          ...body && { body },
          ...signal && { signal },
        }),
      );
    } catch (error) {
      throw this.#failure(request, error);
    }
  }

  #guarded(request: EngineRequest, response: Response): Response {
    const { body, status, headers } = response;
    if (body === null) return response;
    const reader = body.getReader({ mode: "byob" });
    const guarded = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const piece = await fill(reader);
          if (piece.length > 0) controller.enqueue(piece);
          if (piece.length < PIECE_SIZE) controller.close();
        } catch (error) {
          controller.error(this.#failure(request, error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return new Response(guarded, { status, headers });
  }

  #failure({ action, signal }: EngineRequest, error: unknown): unknown {
    if (signal?.aborted) return signal.reason;
    const reason = connectionReason(error);
    return new EngineConnectionError(
      `Cannot ${action} ${this.location}: ${reason}`,
      { reason, cause: error },
    );
  }
}

/** Reads until a piece is whole; the last one is shorter, or empty. */
async function fill(
  reader: ReadableStreamBYOBReader,
): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = new ArrayBuffer(PIECE_SIZE);
  let filled = 0;
  while (filled < PIECE_SIZE) {
    const { done, value } = await reader.read(new Uint8Array(buffer, filled));
    if (value !== undefined) {
      buffer = value.buffer;
      filled += value.length;
    }
    if (done) break;
  }
  return filled === PIECE_SIZE
    ? new Uint8Array(buffer)
    : new Uint8Array(buffer.transfer(filled));
}

/** Why the runtime's `fetch` failed, without its technical prefix. */
function connectionReason(error: unknown): string {
  const messages: string[] = [];
  for (let link = error; link instanceof Error; link = link.cause) {
    messages.push(link.message);
  }
  const innermost = messages.at(-1) ?? String(error);
  return innermost.replace(/^.*client error \(\w+\): /s, "");
}

/**
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#section/Errors
 */
function messageOf(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const isMessage = typeof answer === "object" && answer !== null &&
      "message" in answer;
    return isMessage ? String(answer.message) : undefined;
  } catch (error) {
    // Not every proxy before an engine speaks JSON.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
