import { Buffer } from "node:buffer";
import { rewriteLocation } from "./fake_location_rewrite.ts";
import {
  SEES_CLIENT_CERTIFICATES,
  startFakeMutualTlsFront,
  startFakeTlsFront,
} from "./fake_tls_front.ts";
import { createAuthority, type KeyPair } from "./pki.ts";

/** Options for {@linkcode startFakeCluster}. */
export interface FakeClusterOptions {
  /** URLs of registries by the Pod and port that they run in, `NAME:PORT`. */
  readonly pods: Readonly<Record<string, string>>;
  /**
   * The namespace of the Pods.
   *
   * @default {"default"}
   */
  readonly namespace?: string;
}

/** A request that reached the cluster. */
export interface FakeClusterRequest {
  /** The method. */
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Who sent it; absent for nobody known. */
  readonly user?: string;
  /** Its headers. */
  readonly headers: Headers;
}

/** What a request gets in place of the registry's answer. */
export type FakeFault =
  /** A Status of the API server. */
  | { readonly code: number; readonly reason: string; readonly message: string }
  /** An answer of something in between. */
  | Response
  /** All connections break. */
  | "drop";

/** The user that may use the Pod proxy. */
export const FAKE_USER = "pusher";

/** The token of {@linkcode FAKE_USER}. */
export const FAKE_TOKEN = "fake-token";

/** An API server on loopback that has nothing but the Pod proxy. */
export interface FakeCluster extends AsyncDisposable {
  /** Its URL. */
  readonly url: URL;
  /** The authority of its certificate, PEM. */
  readonly ca: string;
  /** The certificate and the key of {@linkcode FAKE_USER}. */
  readonly client: KeyPair;
  /** The requests so far. */
  readonly requests: readonly FakeClusterRequest[];
  /** Makes a certificate for another user, who is denied everything. */
  issue(user: string): KeyPair;
  /** A kubeconfig that leads here, with a client certificate or a token. */
  kubeconfig(login?: "certificate" | "token"): string;
  /** Has the next request whose `METHOD /path` matches fail. */
  failNext(pattern: RegExp, fault: FakeFault): void;
  /** Breaks all connections. */
  dropConnections(): void;
}

/**
 * Starts a stand-in for an API server: TLS with client certificates, the Pod
 * proxy with the rewriting of `Location`, and Status errors as the real one
 * has them. On Deno 2.6, whose servers cannot see client certificates, a client
 * without a token is taken for {@linkcode FAKE_USER}.
 */
export async function startFakeCluster(
  options: FakeClusterOptions,
): Promise<FakeCluster> {
  const authority = createAuthority("fake cluster authority");
  const cluster = new Cluster(options);
  const identity = authority.issue("fake-apiserver", {
    use: "server",
    names: ["localhost", "127.0.0.1"],
  });
  const start = SEES_CLIENT_CERTIFICATES
    ? startFakeMutualTlsFront
    : startFakeTlsFront;
  const front = await start(identity, {
    port: cluster.port,
    clientCa: authority.cert,
  });
  cluster.identify = (port) =>
    SEES_CLIENT_CERTIFICATES ? front.peer(port)?.user : FAKE_USER;
  cluster.dropConnections = () => front.dropConnections();
  const url = new URL(`https://localhost:${front.port}`);
  const client = authority.issue(FAKE_USER, { use: "client" });
  return {
    url,
    ca: authority.cert,
    client,
    requests: cluster.requests,
    issue: (user) => authority.issue(user, { use: "client" }),
    kubeconfig: (login = "certificate") =>
      kubeconfigText({ url, ca: authority.cert, client, login, ...options }),
    failNext: (pattern, fault) => cluster.faults.push({ pattern, fault }),
    dropConnections: () => front.dropConnections(),
    async [Symbol.asyncDispose]() {
      front.close();
      await cluster.close();
    },
  };
}

interface Fault {
  readonly pattern: RegExp;
  readonly fault: FakeFault;
}

const PROXY_PATH =
  /^(\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/proxy)(\/.*)?$/;

class Cluster {
  readonly requests: FakeClusterRequest[] = [];
  readonly faults: Fault[] = [];
  identify: (port: number) => string | undefined = () => undefined;
  dropConnections: () => void = () => {};
  readonly #pods: Readonly<Record<string, string>>;
  readonly #namespace: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  // The Pod sees the Host that the client sent to the API server.
  readonly #client = Deno.createHttpClient({ allowHost: true });

  constructor(options: FakeClusterOptions) {
    this.#pods = options.pods;
    this.#namespace = options.namespace ?? "default";
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request, { remoteAddr }) => this.#answer(request, remoteAddr.port),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
    this.#client.close();
  }

  async #answer(request: Request, port: number): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const user = this.#user(request, port);
    const path = `${pathname}${search}`;
    const { method, headers } = request;
    this.requests.push({
      method,
      path,
      headers,
      ...(user === undefined ? {} : { user }),
    });
    const fault = this.#takeFault(`${method} ${path}`) ??
      this.#refusal(user, method, pathname);
    if (fault === undefined) return await this.#forward(request, port);
    if (fault instanceof Response) return fault;
    await request.body?.cancel();
    if (fault === "drop") {
      this.dropConnections();
      return new Response(null, { status: 500 });
    }
    return statusAnswer(fault);
  }

  #user(request: Request, port: number): string | undefined {
    const authorization = request.headers.get("authorization");
    if (authorization === null) return this.identify(port);
    return authorization === `Bearer ${FAKE_TOKEN}` ? FAKE_USER : undefined;
  }

  #takeFault(line: string): FakeFault | undefined {
    const index = this.faults.findIndex(({ pattern }) => pattern.test(line));
    return index < 0 ? undefined : this.faults.splice(index, 1)[0]?.fault;
  }

  #refusal(
    user: string | undefined,
    method: string,
    pathname: string,
  ): FakeFault | undefined {
    const [, , namespace = "", segment = ""] = PROXY_PATH.exec(pathname) ?? [];
    if (user === undefined) return status(401, "Unauthorized", "Unauthorized");
    if (user !== FAKE_USER) {
      const verb = VERBS[method] ?? "";
      return status(
        403,
        "Forbidden",
        `pods "${segment}" is forbidden: User "${user}" cannot ${verb} ` +
          `resource "pods/proxy" in API group "" in the namespace "${namespace}"`,
      );
    }
    if (segment === "") {
      return status(404, "NotFound", "the server could not find the resource");
    }
    return this.#podRefusal(namespace, segment);
  }

  #podRefusal(namespace: string, segment: string): FakeFault | undefined {
    const { scheme = "http", name, port } = splitSegment(segment);
    const known = Object.keys(this.#pods).map((key) => key.split(":"));
    const ports = known.filter(([pod]) => pod === name).map(([, port]) => port);
    if (namespace !== this.#namespace || ports.length === 0) {
      return status(404, "NotFound", `pods "${name}" not found`);
    }
    const way = "error trying to reach service: ";
    if (port !== undefined && !ports.includes(port)) {
      const dial = `dial tcp 10.0.0.7:${port}: connect: connection refused`;
      return status(503, "ServiceUnavailable", `${way}${dial}`);
    }
    if (scheme === "http") return undefined;
    return status(
      503,
      "ServiceUnavailable",
      `${way}http: server gave HTTP response to HTTPS client`,
    );
  }

  async #forward(request: Request, port: number): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const [, prefix = "", , segment = "", path = "/"] =
      PROXY_PATH.exec(pathname) ?? [];
    const pod = this.#registryOf(segment);
    const headers = new Headers(request.headers);
    headers.delete("authorization");
    headers.set("x-forwarded-for", `127.0.0.1:${port}`);
    const length = request.headers.get("content-length");
    const answer = await fetch(`${pod.origin}${path}${search}`, {
      method: request.method,
      headers,
      // A stream would be sent in chunks; what has a length keeps it.
      body: length === null ? request.body : await request.bytes(),
      redirect: "manual",
      client: this.#client,
    });
    const answerHeaders = new Headers(answer.headers);
    answerHeaders.append("cache-control", "no-cache, private");
    const location = answer.headers.get("location");
    if (location !== null) {
      answerHeaders.set(
        "location",
        rewriteLocation(location, {
          prefix,
          pod: pod.host,
          requestHost: request.headers.get("host") ?? "",
        }),
      );
    }
    const { status, body } = answer;
    return new Response(body, { status, headers: answerHeaders });
  }

  #registryOf(segment: string): URL {
    const { name, port } = splitSegment(segment);
    const entry = Object.entries(this.#pods).find(([key]) =>
      port === undefined
        ? key.startsWith(`${name}:`)
        : key === `${name}:${port}`
    );
    return new URL(entry?.[1] ?? "");
  }
}

const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

interface Segment {
  readonly scheme?: string;
  readonly name: string;
  readonly port?: string;
}

function splitSegment(segment: string): Segment {
  const parts = segment.split(":");
  const [name = "", port] = parts.length === 3 ? parts.slice(1) : parts;
  return {
    name,
    ...(parts.length === 3 ? { scheme: parts[0] ?? "" } : {}),
    ...(port === undefined || port === "" ? {} : { port }),
  };
}

interface FakeStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

function status(code: number, reason: string, message: string): FakeStatus {
  return { code, reason, message };
}

function statusAnswer(fault: FakeStatus): Response {
  return Response.json({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: fault.message,
    reason: fault.reason,
    code: fault.code,
  }, { status: fault.code });
}

function kubeconfigText(options: {
  readonly url: URL;
  readonly ca: string;
  readonly client: KeyPair;
  readonly login: "certificate" | "token";
  readonly namespace?: string;
}): string {
  const { url, ca, client, login, namespace = "default" } = options;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const user = login === "token" ? [`    token: ${FAKE_TOKEN}`] : [
    `    client-certificate-data: ${base64(client.cert)}`,
    `    client-key-data: ${base64(client.key)}`,
  ];
  return [
    "apiVersion: v1",
    "kind: Config",
    "current-context: fake",
    "contexts:",
    "- name: fake",
    `  context: {cluster: fake, user: ${FAKE_USER}, namespace: ${namespace}}`,
    "clusters:",
    "- name: fake",
    "  cluster:",
    `    server: ${url.origin}`,
    `    certificate-authority-data: ${base64(ca)}`,
    "users:",
    `- name: ${FAKE_USER}`,
    "  user:",
    ...user,
    "",
  ].join("\n");
}
