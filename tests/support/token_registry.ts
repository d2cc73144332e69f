import {
  type RegistryServer,
  startRegistryServer,
} from "../../src/server/registry_server.ts";

/**
 * A registry on loopback that wants a login: a token of its own token server,
 * given for a name and a password, and a store elsewhere that blobs are read
 * from, and that they are written to where a test wants that.
 */
export class TokenRegistry implements AsyncDisposable {
  /** Method, host, path and the kind of login of each request. */
  readonly requests: string[] = [];
  /** Where blobs are uploaded to: a path of this host, or the store. */
  uploads: "registry" | "path" | "store" = "registry";
  readonly #registry: RegistryServer;
  /** The registry's own places of uploads, by the paths that were told. */
  readonly #sessions = new Map<string, string>();
  readonly #folder: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #store: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: string, registry: RegistryServer) {
    this.#folder = folder;
    this.#registry = registry;
    const address = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(address, (request) => this.#answer(request));
    this.#store = Deno.serve(address, (request) => {
      this.#note("store", request);
      return this.#forward(request);
    });
  }

  /** Starts it. */
  static async start(): Promise<TokenRegistry> {
    const folder = await Deno.makeTempDir();
    const registry = await startRegistryServer({ dataDir: `${folder}/data` });
    return new TokenRegistry(folder, registry);
  }

  /** Host and port, as an image name has them. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** The port, for whoever puts TLS in front. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** Stops it and removes what it stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#store.shutdown();
    await this.#registry.shutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/token") return this.#giveToken(request);
    this.#note("registry", request);
    if (this.#sessions.has(pathname)) return this.#forward(request);
    if (request.headers.get("authorization") !== "Bearer good") {
      await request.body?.cancel();
      return refuse(
        `Bearer realm="http://${this.host}/token",service="test"`,
      );
    }
    const isBlob = /\/blobs\/sha256:/.test(pathname);
    if (!isBlob || request.method !== "GET") {
      return await this.#forward(request);
    }
    const location =
      `http://127.0.0.1:${this.#store.addr.port}${pathname}?signature=x`;
    return new Response(null, { status: 307, headers: { location } });
  }

  #giveToken(request: Request): Response {
    this.#note("token", request);
    // printf jane:secret | base64
    const isJane =
      request.headers.get("authorization") === "Basic amFuZTpzZWNyZXQ=";
    if (isJane) return Response.json({ token: "good", expires_in: 300 });
    return Response.json({ details: "wrong password" }, { status: 401 });
  }

  async #forward(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const path = this.#sessions.get(pathname) ?? pathname;
    const answer = await fetch(`${this.#registry.url}${path}${search}`, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      redirect: "manual",
    });
    const location = answer.headers.get("location");
    if (answer.status !== 202 || location === null) return answer;
    const { status, body } = answer;
    const headers = new Headers(answer.headers);
    headers.set("location", this.#uploadAt(location));
    return new Response(body, { status, headers });
  }

  #uploadAt(location: string): string {
    if (this.uploads === "registry") return location;
    const host = this.uploads === "path"
      ? ""
      : `http://127.0.0.1:${this.#store.addr.port}`;
    const path = `/sessions/${this.#sessions.size}`;
    this.#sessions.set(path, location);
    return `${host}${path}`;
  }

  #note(place: string, request: Request): void {
    const { pathname } = new URL(request.url);
    const [scheme = "no"] = request.headers.get("authorization")?.split(" ") ??
      [];
    this.requests.push(`${place} ${request.method} ${pathname} ${scheme}`);
  }
}

function refuse(challenge: string): Response {
  return Response.json({
    errors: [{ code: "UNAUTHORIZED", message: "authentication required" }],
  }, { status: 401, headers: { "www-authenticate": challenge } });
}
