import { discard } from "../http/body.ts";
import type { Transport, TransportWrapper } from "../http/transport.ts";
import { type LoginChallenge, parseChallenges } from "./login_challenge.ts";
import { loginScopes } from "./login_scope.ts";
import { RegistryError } from "./registry_error.ts";
import {
  basicAuthorization,
  fetchToken,
  type RegistryCredentials,
} from "./token_server.ts";

/** Options for {@linkcode withLogin}. */
export interface LoginOptions {
  /** Scheme, host and port of the registry: nobody else gets the login. */
  readonly origin: string;
  /** The registry as users call it, for messages. */
  readonly registry: string;
  /** Looks who the caller is; called once, when the registry wants to know. */
  readonly credentials: () => Promise<RegistryCredentials | undefined>;
  /** Carries requests to token servers. */
  readonly tokens: Transport;
  /** Ends what is under way. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds of a clock that never goes back.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
}

/**
 * Logs in to a registry when it asks for that: with a token for each
 * repository and what is done there, or with name and password. A token is used
 * again until shortly before it expires. After a 401 there is one new try.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function withLogin(options: LoginOptions): TransportWrapper {
  return (next: Transport): Transport => {
    const login = new RegistryLogin(next, options);
    return (request) => login.send(request);
  };
}

/** A way to log in that this program knows, as the registry offered it. */
type KnownChallenge =
  | { readonly scheme: "basic" }
  | {
    readonly scheme: "bearer";
    readonly realm: URL;
    readonly service: string | undefined;
    readonly scopes: readonly string[];
  };

/** What is sent with requests that need the same. */
interface Ticket {
  /** The header. */
  readonly authorization: string;
  /** When it is no good any more, in the clock's milliseconds. */
  readonly expiresAt: number;
  /** Whether it was made for the very challenge: no other one can be better. */
  readonly final: boolean;
  /** Whether the registry has taken it. */
  proven: boolean;
}

/** Time that a request may take on its way to the registry, in ms. */
const EXPIRY_MARGIN = 10_000;

class RegistryLogin {
  readonly #next: Transport;
  readonly #options: LoginOptions;
  readonly #now: () => number;
  readonly #tickets = new Map<string, Promise<Ticket>>();
  #challenge: KnownChallenge | undefined;
  #credentials: Promise<RegistryCredentials | undefined> | undefined;

  constructor(next: Transport, options: LoginOptions) {
    this.#next = next;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  async send(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    // What is not below /v2/ has secrets of its own in its query or path, and
    // gets no login of Docker's either:
    // https://github.com/distribution/distribution/blob/v2.8.3/registry/client/auth/session.go
    if (origin !== this.#options.origin || !pathname.includes("/v2/")) {
      return await this.#next(request);
    }
    const scopes = loginScopes(request);
    const hasBody = request.body !== null;
    for (;;) {
      const ticket = await this.#ticketFor(scopes);
      const response = await this.#next(withTicket(request, ticket));
      if (response.status !== 401) {
        if (ticket !== undefined) ticket.proven = true;
        return response;
      }
      await discard(response);
      await this.#renew(response.headers, { request, scopes, used: ticket });
      // The body is gone; whoever sent it makes another one.
      if (hasBody) throw renewed(request, this.#options);
    }
  }

  /** Nothing is sent before the registry has asked for it. */
  async #ticketFor(scopes: readonly string[]): Promise<Ticket | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const key = keyOf(challenge, scopes);
    const made = this.#tickets.get(key) ??
      this.#keep(key, this.#make(challenge, { scopes, final: false }));
    const ticket = await made;
    if (ticket.expiresAt > this.#now()) return ticket;
    if (this.#tickets.get(key) === made) this.#tickets.delete(key);
    return await this.#ticketFor(scopes);
  }

  /** @throws {RegistryError} when no other ticket can be better */
  async #renew(
    headers: Headers,
    exchange: {
      readonly request: Request;
      readonly scopes: readonly string[];
      readonly used: Ticket | undefined;
    },
  ): Promise<void> {
    const { request, scopes, used } = exchange;
    const challenge = this.#choose(headers, request);
    this.#challenge = challenge;
    const key = keyOf(challenge, scopes);
    const current = this.#tickets.get(key);
    // Another request, which failed before, has renewed it.
    if (current !== undefined && await current !== used) return;
    if (used?.final && !used.proven) {
      throw await this.#refused(request, scopes);
    }
    const asked = challenge.scheme === "bearer" ? challenge.scopes : [];
    const all = [...new Set([...scopes, ...asked])];
    await this.#keep(key, this.#make(challenge, { scopes: all, final: true }));
  }

  /** Remembers a ticket; one that could not be made is tried again. */
  #keep(key: string, ticket: Promise<Ticket>): Promise<Ticket> {
    this.#tickets.set(key, ticket);
    ticket.catch(() => {
      if (this.#tickets.get(key) === ticket) this.#tickets.delete(key);
    });
    return ticket;
  }

  async #make(
    challenge: KnownChallenge,
    { scopes, final }: {
      readonly scopes: readonly string[];
      readonly final: boolean;
    },
  ): Promise<Ticket> {
    this.#credentials ??= this.#options.credentials();
    const credentials = await this.#credentials;
    const lasting = { expiresAt: Infinity, final, proven: false };
    if (challenge.scheme === "basic") {
      if (credentials?.kind === "password") {
        return { ...lasting, authorization: basicAuthorization(credentials) };
      }
      throw this.#unknownCaller();
    }
    if (credentials?.kind === "registry-token") {
      return { ...lasting, authorization: `Bearer ${credentials.token}` };
    }
    const { registry, signal, tokens } = this.#options;
    const { realm, service } = challenge;
    const { value, lifetime } = await fetchToken(tokens, {
      ...{ registry, realm, service, scopes, credentials },
      ...signal && { signal },
    });
    const margin = Math.min(EXPIRY_MARGIN, lifetime / 2);
    return {
      ...lasting,
      authorization: `Bearer ${value}`,
      expiresAt: this.#now() + lifetime - margin,
    };
  }

  #choose(headers: Headers, { method, url }: Request): KnownChallenge {
    const offered = parseChallenges(headers.get("www-authenticate") ?? "");
    for (const challenge of offered) {
      if (challenge.scheme === "basic") return { scheme: "basic" };
      if (challenge.scheme === "bearer") return this.#bearer(challenge);
    }
    const schemes = offered.map(({ scheme }) => `"${scheme}"`).join(", ");
    throw new RegistryError(
      `Cannot log in to the registry "${this.#options.registry}": it ` +
        (schemes === ""
          ? "wants a login and does not say which"
          : `wants a login by ${schemes}, known are "bearer" and "basic"`),
      { method, path: new URL(url).pathname, status: 401 },
    );
  }

  /** A password goes to the realm: never in the clear unless all of it does. */
  #bearer({ parameters }: LoginChallenge): KnownChallenge {
    const text = parameters.get("realm") ?? "";
    const realm = URL.parse(text);
    const { origin } = this.#options;
    const isSafe = realm?.protocol === "https:" ||
      realm?.protocol === "http:" && origin.startsWith("http:");
    if (!realm || !isSafe || realm.username !== "" || realm.password !== "") {
      throw new RegistryError(
        `Cannot log in to the registry "${this.#options.registry}": it names the token server "${text}", must be an https URL`,
        { method: "GET", path: "/v2/", status: 401 },
      );
    }
    const scopes = (parameters.get("scope") ?? "").split(" ")
      .filter((scope) => scope !== "");
    const service = parameters.get("service");
    return { scheme: "bearer", realm, service, scopes };
  }

  #unknownCaller(): RegistryError {
    const { registry } = this.#options;
    return new RegistryError(
      `Cannot use the registry "${registry}": it wants a login, and Docker's credential store has none for it\n` +
        `Log in first: docker login ${registry}`,
      { method: "GET", path: "/v2/", status: 401 },
    );
  }

  async #refused(
    { method, url }: Request,
    scopes: readonly string[],
  ): Promise<RegistryError> {
    const { registry } = this.#options;
    const credentials = await this.#credentials;
    const who = credentials === undefined
      ? "callers without a login"
      : credentials.kind === "password"
      ? `"${credentials.username}"`
      : "the token of Docker's credential store";
    const what = scopes.length === 0 ? "" : ` "${scopes.join(" ")}"`;
    return new RegistryError(
      `Cannot use the registry "${registry}": it refuses ${who}${what} (status 401)\n` +
        `Check the name of the repository, or log in again: docker login ${registry}`,
      { method, path: new URL(url).pathname, status: 401 },
    );
  }
}

function keyOf(challenge: KnownChallenge, scopes: readonly string[]): string {
  return challenge.scheme === "basic" ? "basic" : scopes.join(" ");
}

function withTicket(request: Request, ticket: Ticket | undefined): Request {
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  if (ticket) headers.set("authorization", ticket.authorization);
  return new Request(request, { headers });
}

/** Tells whoever sent a body that the same again will pass. */
function renewed(
  { method, url }: Request,
  { registry }: LoginOptions,
): RegistryError {
  return new RegistryError(
    `Cannot finish ${method} at the registry "${registry}": the login had run out and was renewed`,
    { method, path: new URL(url).pathname, status: 401, transient: true },
  );
}
