import { readTextUpTo } from "../http/body.ts";
import type { Transport } from "../http/transport.ts";
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
    const answer = await this.#transport(
      new Request(url, {
        headers: { accept: "application/json" },
        ...requestTimeout !== undefined &&
          { signal: AbortSignal.timeout(requestTimeout) },
      }),
    );
    if (!answer.ok) throw await refusal(answer, path);
    return JSON.parse(await readTextUpTo(answer, MAX_OBJECT_BYTES));
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
