import { readTextUpTo } from "../http/body.ts";
import { ConnectionError } from "../http/connection_error.ts";
import type { Transport } from "../http/transport.ts";
import { endpointOf, formatEndpoint } from "./endpoint.ts";
import { explainStatus } from "./proxy_failure.ts";
import { KubernetesError, peekStatus } from "./status_error.ts";

/** Options for {@linkcode KubeApi}. */
export interface KubeApiOptions {
  /** The API server's URL, with its base path. */
  readonly server: URL;
  /** Deadline of one call in milliseconds; absent for none. */
  readonly requestTimeout?: number;
}

/** Objects are far smaller; lists of Pods are asked for by label. */
const MAX_OBJECT_BYTES = 32 * 1024 * 1024;

/** Calls to the API server that read or write objects as JSON. */
export class KubeApi {
  readonly #transport: Transport;
  readonly #options: KubeApiOptions;

  /** Makes calls through a transport. */
  constructor(transport: Transport, options: KubeApiOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /**
   * Reads an object or a list.
   *
   * @param path the path below the base path, with a leading slash
   * @throws {KubernetesError} when the API server refuses
   * @throws {ConnectionError} when it does not answer
   */
  async get(
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const { server, requestTimeout } = this.#options;
    const url = new URL(server);
    url.pathname = server.pathname.replace(/\/$/, "") + path;
    url.search = new URLSearchParams(query).toString();
    const late = new AbortController();
    const timer = requestTimeout === undefined ? undefined : setTimeout(
      () => late.abort(tooLate(path, server, requestTimeout)),
      requestTimeout,
    );
    try {
      const headers = { accept: "application/json" };
      const { signal } = late;
      const answer = await this.#transport(
        new Request(url, { headers, signal }),
      );
      if (!answer.ok) throw await refusal(answer, path);
      return parseJson(await readTextUpTo(answer, MAX_OBJECT_BYTES), path);
    } finally {
      clearTimeout(timer);
    }
  }
}

function tooLate(path: string, server: URL, timeout: number): ConnectionError {
  return new ConnectionError(
    `Cannot read ${path}: the API server did not answer within ` +
      `${timeout / 1000} seconds\nGive it longer: --request-timeout`,
    {
      address: formatEndpoint(endpointOf(server)),
      stage: "stall",
      transient: true,
    },
  );
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubernetesError(
      `Cannot read ${path}: what answered is no API server\n` +
        'Check "server" in the kubeconfig',
      {
        cause,
        status: 200,
        reason: "",
        statusMessage: "",
        hop: "server",
        transient: false,
      },
    );
  }
}

async function refusal(
  answer: Response,
  path: string,
): Promise<KubernetesError> {
  const { status, text, response } = await peekStatus(answer);
  await response.body?.cancel();
  return explainStatus(
    status ??
      { code: answer.status, reason: "", message: text.slice(0, 200).trim() },
    `read ${path}`,
  );
}
