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

/** Options for {@linkcode KubeApi.apply}. */
export interface ApplyOptions {
  /** Whether the API server only says what would become of it; default no. */
  readonly dryRun?: boolean;
  /** Whether fields are taken over from others who set them; default yes. */
  readonly force?: boolean;
}

/** Who sets the fields of what is applied. */
const FIELD_MANAGER = "k8scr";

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
  get(path: string, query: Query = {}): Promise<unknown> {
    return this.#call({ method: "GET", verb: "read", path, query });
  }

  /**
   * Makes an object below a collection, or asks a question that is put as an
   * object (a `SelfSubjectAccessReview`), and returns what became of it.
   *
   * @param path the path of the collection
   * @throws {KubernetesError} when the API server refuses
   * @throws {ConnectionError} when it does not answer
   */
  create(path: string, object: unknown, query: Query = {}): Promise<unknown> {
    const body = { object, type: "application/json" };
    return this.#call({ method: "POST", verb: "create", path, query, body });
  }

  /**
   * Makes an object what it is to be, whether it is there or not, and returns
   * what it became: server-side apply.
   *
   * @param path the path of the object
   * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
   * @throws {KubernetesError} when the API server refuses
   * @throws {ConnectionError} when it does not answer
   */
  apply(
    path: string,
    object: unknown,
    { dryRun = false, force = true }: ApplyOptions = {},
  ): Promise<unknown> {
    const query = {
      fieldManager: FIELD_MANAGER,
      force: `${force}`,
      ...dryRun && { dryRun: "All" },
    };
    const body = { object, type: "application/apply-patch+yaml" };
    return this.#call({ method: "PATCH", verb: "apply", path, query, body });
  }

  /**
   * Deletes an object, and in the background what belongs to it.
   *
   * @returns whether it was there
   * @throws {KubernetesError} when the API server refuses
   * @throws {ConnectionError} when it does not answer
   */
  async remove(path: string): Promise<boolean> {
    const query = { propagationPolicy: "Background" };
    try {
      await this.#call({ method: "DELETE", verb: "delete", path, query });
      return true;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.status !== 404) throw error;
      return false;
    }
  }

  async #call(call: Call): Promise<unknown> {
    const { path, body } = call;
    const { server, requestTimeout } = this.#options;
    const url = new URL(server);
    url.pathname = server.pathname.replace(/\/$/, "") + path;
    url.search = new URLSearchParams(call.query).toString();
    const late = new AbortController();
    const timer = requestTimeout === undefined ? undefined : setTimeout(
      () => late.abort(tooLate(call, server, requestTimeout)),
      requestTimeout,
    );
    try {
      const answer = await this.#transport(
        new Request(url, {
          method: call.method,
          signal: late.signal,
          headers: {
            accept: "application/json",
            ...body && { "content-type": body.type },
          },
          ...body && { body: JSON.stringify(body.object) },
        }),
      );
      if (!answer.ok) throw await refusal(answer, call);
      return parseJson(await readTextUpTo(answer, MAX_OBJECT_BYTES), path);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Parameters of a call. */
type Query = Readonly<Record<string, string>>;

/** One call to the API server. */
interface Call {
  readonly method: string;
  /** What it does, for messages. */
  readonly verb: string;
  readonly path: string;
  readonly query: Query;
  readonly body?: { readonly object: unknown; readonly type: string };
}

function tooLate(
  { verb, path }: Call,
  server: URL,
  timeout: number,
): ConnectionError {
  return new ConnectionError(
    `Cannot ${verb} ${path}: the API server did not answer within ` +
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
  { verb, path }: Call,
): Promise<KubernetesError> {
  const { status, text, response } = await peekStatus(answer);
  await response.body?.cancel();
  return explainStatus(
    status ??
      { code: answer.status, reason: "", message: text.slice(0, 200).trim() },
    `${verb} ${path}`,
  );
}
