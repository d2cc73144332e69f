import { discard } from "../http/body.ts";
import type { Transport } from "../http/transport.ts";
import { type ProxyAddress, resolveLocation } from "./location.ts";
import { LocationError } from "./location_error.ts";
import { explainStatus } from "./proxy_failure.ts";
import { refusedUser, roleAdvice } from "./rbac_advice.ts";
import {
  KubernetesError,
  type KubernetesStatus,
  peekStatus,
} from "./status_error.ts";

/** Chooses the Pod; called again when the one it chose is gone. */
export interface PodChooser {
  /**
   * Returns the Pod as the proxy takes it, `[SCHEME:]NAME[:PORT]`.
   *
   * @param previous the Pod that was chosen before
   */
  choose(previous: string | undefined): Promise<string>;
  /** Whether another call may choose another Pod. */
  readonly canChange: boolean;
  /**
   * The Pods that it chooses from, where it tries them: a Role must name all of
   * them. Absent for the one that it chose.
   */
  readonly names?: readonly string[];
}

/** Options for {@linkcode PodProxy}. */
export interface PodProxyOptions {
  /** The API server's URL, with its base path. */
  readonly server: URL;
  /** Namespace of the Pod. */
  readonly namespace: string;
  /** Chooses the Pod. */
  readonly chooser: PodChooser;
}

/** Headers between two neighbours on the way, or about the API server. */
const DROPPED_REQUEST_HEADERS = [
  "authorization",
  "cookie",
  "forwarded",
  "x-forwarded-host",
  "x-forwarded-proto",
];

/**
 * The way to a Pod through the API server: takes requests as the Pod sees them
 * (only path and query count) and gives back its answers. `Location` and `Link`
 * come out as paths in the Pod's own space.
 *
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#-strong-proxy-operations-pod-v1-core-strong-
 */
export class PodProxy {
  readonly #api: Transport;
  readonly #options: PodProxyOptions;
  #segment: string | undefined;
  /** Whether the Pod was there: what it is now missing may come back. */
  #answered = false;

  /** Makes a way through a transport to the API server. */
  constructor(api: Transport, options: PodProxyOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** The transport to the Pod. */
  get transport(): Transport {
    return (request) => this.#send(request);
  }

  /** The Pod that requests go to, `[SCHEME:]NAME[:PORT]`. */
  async segment(): Promise<string> {
    this.#segment ??= await this.#options.chooser.choose(undefined);
    return this.#segment;
  }

  async #send(request: Request): Promise<Response> {
    const segment = await this.segment();
    try {
      return await this.#exchange(request, segment);
    } catch (error) {
      if (!this.#isGone(error)) throw this.#mayReturn(error);
      const changed = await this.#chooseAgain(segment);
      // What was sent to a Pod that is gone cannot be continued in another, but
      // the next try goes there and may well succeed.
      if (!changed || request.body !== null) {
        throw error.with({ transient: true });
      }
      return await this.#exchange(request, await this.segment());
    }
  }

  async #chooseAgain(previous: string): Promise<boolean> {
    if (this.#segment !== previous) return true;
    this.#segment = await this.#options.chooser.choose(previous);
    return this.#segment !== previous;
  }

  #isGone(error: unknown): error is KubernetesError {
    if (!this.#options.chooser.canChange) return false;
    if (!(error instanceof KubernetesError)) return false;
    return error.status === 404 || error.hop === "pod" && error.transient;
  }

  /** A Pod that is made anew (a StatefulSet's) is absent, then without address. */
  #mayReturn(error: unknown): unknown {
    if (!this.#answered || !(error instanceof KubernetesError)) return error;
    const absent = error.status === 404 ||
      error.hop === "pod" && error.status === 400;
    return absent ? error.with({ transient: true }) : error;
  }

  async #exchange(request: Request, segment: string): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const prefix = this.#prefix(segment);
    const headers = new Headers(request.headers);
    for (const name of DROPPED_REQUEST_HEADERS) headers.delete(name);
    const send = (method: string) => {
      const url = `${this.#options.server.origin}${prefix}${pathname}${search}`;
      const body = method === request.method ? request.body : null;
      const { signal } = request;
      return this.#api(new Request(url, { method, headers, body, signal }));
    };
    const answer = await send(request.method);
    if (answer.status < 400) return this.#deliver(request, answer, segment);
    if (request.method !== "HEAD") return await this.#refuse(answer, segment);
    if (answer.status === 404) return answer;
    // A HEAD has no body that could tell who refused it.
    await discard(answer);
    const asked = await send("GET");
    if (asked.status >= 400) return await this.#refuse(asked, segment);
    await discard(asked);
    return new Response(null, {
      status: asked.status,
      headers: cleanHeaders(asked),
    });
  }

  /** An answer of the API server is thrown, one of the registry returned. */
  async #refuse(answer: Response, segment: string): Promise<Response> {
    const { status, text, response } = await peekStatus(answer);
    const action =
      `reach the registry "${segment}" in namespace "${this.#options.namespace}"`;
    if (status !== undefined) {
      await discard(response);
      throw this.#explain(status, segment, action);
    }
    if (/^Client sent an HTTP request to an HTTPS server/.test(text)) {
      await discard(response);
      throw new KubernetesError(
        `Cannot ${action}: the registry speaks TLS, not plain HTTP\n` +
          `Write --registry https:${segment.replace(/^http:/, "")}`,
        {
          status: answer.status,
          reason: "",
          statusMessage: text.trim(),
          hop: "pod",
          transient: false,
        },
      );
    }
    return response;
  }

  #explain(
    status: KubernetesStatus,
    segment: string,
    action: string,
  ): KubernetesError {
    const error = explainStatus(status, action);
    if (status.code !== 403 || !status.message.includes("pods/proxy")) {
      return error;
    }
    const { namespace, chooser } = this.#options;
    const user = refusedUser(status.message);
    const role = roleAdvice({
      namespace,
      segments: chooser.names ?? [segment],
      ...user !== undefined && { user },
    });
    const message = `${error.message}\nThis Role would allow it:\n${role}`;
    return error.with({ message });
  }

  #deliver(request: Request, answer: Response, segment: string): Response {
    this.#answered = true;
    try {
      const headers = this.#translated(request, answer, segment);
      const { status, statusText, body } = answer;
      return new Response(body, { status, statusText, headers });
    } catch (error) {
      // Nobody else gets to see the body that still holds the connection.
      answer.body?.cancel().catch(() => {});
      throw error;
    }
  }

  /** The headers of an answer, its URLs moved into the registry's space. */
  #translated(request: Request, answer: Response, segment: string): Headers {
    const { pathname } = new URL(request.url);
    const headers = cleanHeaders(answer);
    const options = {
      address: this.#address(segment),
      current: pathname,
      redirect: answer.status >= 300 &&
        ["GET", "HEAD"].includes(request.method),
    };
    const location = answer.headers.get("location");
    if (location !== null) {
      try {
        headers.set("location", resolveLocation(location, options));
      } catch (error) {
        // On 201 it only informs: whoever gets none goes by the digest.
        const isIdle = answer.status === 201 && error instanceof LocationError;
        if (!isIdle) throw error;
        headers.delete("location");
      }
    }
    const link = answer.headers.get("link");
    if (link !== null) {
      const rewritten = link.replace(
        /<([^>]*)>/g,
        (_, target) => `<${resolveLocation(target, options)}>`,
      );
      headers.set("link", rewritten);
    }
    return headers;
  }

  #prefix(segment: string): string {
    const base = this.#options.server.pathname.replace(/\/$/, "");
    return base + this.#subresource(segment);
  }

  #subresource(segment: string): string {
    const { namespace } = this.#options;
    return `/api/v1/namespaces/${namespace}/pods/${segment}/proxy`;
  }

  #address(segment: string): ProxyAddress {
    return {
      origin: this.#options.server,
      prefixes: [
        ...new Set([this.#prefix(segment), this.#subresource(segment)]),
      ],
    };
  }
}

/** A Pod that is always the same. */
export function fixedPod(segment: string): PodChooser {
  return { canChange: false, choose: () => Promise.resolve(segment) };
}

/** Cookies would go to the API server with the next request. */
function cleanHeaders(answer: Response): Headers {
  const headers = new Headers(answer.headers);
  headers.delete("set-cookie");
  return headers;
}
