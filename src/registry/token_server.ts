import { readTextUpTo } from "../http/body.ts";
import { isTransientStatus } from "../http/retry.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import type { Transport } from "../http/transport.ts";
import { JsonObject } from "../oci/json_document.ts";
import {
  parseRegistryErrors,
  printable,
  RegistryError,
} from "./registry_error.ts";

/** What proves to a registry who the caller is. */
export type RegistryCredentials =
  | {
    /** A name and a password. */
    readonly kind: "password";
    /** The name. */
    readonly username: string;
    /** The password, or an access token in its place. */
    readonly password: string;
  }
  | {
    /** A token that the token server takes for other tokens. */
    readonly kind: "identity-token";
    /** The token. */
    readonly token: string;
  }
  | {
    /** A token that the registry itself takes. */
    readonly kind: "registry-token";
    /** The token. */
    readonly token: string;
  };

/** A token for one registry. */
export interface RegistryToken {
  /** What goes into the header. */
  readonly value: string;
  /** How many milliseconds it is good for. */
  readonly lifetime: number;
}

/** What is asked of a token server. */
export interface TokenRequest {
  /** The registry as users call it, for messages. */
  readonly registry: string;
  /** The server's address. */
  readonly realm: URL;
  /** What the token is for. */
  readonly service: string | undefined;
  /** What it must allow. */
  readonly scopes: readonly string[];
  /** Who asks; nobody in particular without. */
  readonly credentials: RegistryCredentials | undefined;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

const CLIENT_ID = "k8scr";

/** A token has some kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Seconds that a token is good for at least, whatever the server says. */
const MIN_LIFETIME = 60;

/**
 * Asks a token server for a token.
 *
 * @throws {RegistryError} when it gives none
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export async function fetchToken(
  transport: Transport,
  request: TokenRequest,
): Promise<RegistryToken> {
  const response = await transport(
    request.credentials?.kind === "identity-token"
      ? oauthRequest(request, request.credentials.token)
      : tokenRequest(request),
  );
  const text = await readTextUpTo(response, MAX_ANSWER_BYTES);
  if (response.status !== 200) throw refusal(request, response, text);
  const token = parseToken(text);
  if (token !== undefined) return token;
  throw failure(request, "what its token server sends is no token", {
    status: response.status,
  });
}

/** Returns the `Authorization` header of a name and a password. */
export function basicAuthorization(
  { username, password }: RegistryCredentials & { readonly kind: "password" },
): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${bytes.toBase64()}`;
}

function tokenRequest(request: TokenRequest): Request {
  const { realm, service, scopes, credentials, signal } = request;
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers = new Headers({ accept: "application/json" });
  if (credentials?.kind === "password") {
    url.searchParams.set("account", credentials.username);
    headers.set("authorization", basicAuthorization(credentials));
  }
  return new Request(url, {
    headers,
    redirect: "manual",
    ...signal && { signal },
  });
}

function oauthRequest(request: TokenRequest, refreshToken: string): Request {
  const { realm, service, scopes, signal } = request;
  const form = new TextEncoder().encode(
    new URLSearchParams({
      grant_type: "refresh_token",
      client_id: CLIENT_ID,
      refresh_token: refreshToken,
      ...service !== undefined && { service },
      ...scopes.length > 0 && { scope: scopes.join(" ") },
    }).toString(),
  );
  return new Request(realm, {
    method: "POST",
    headers: {
      "accept": "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(form.length),
    },
    body: form,
    redirect: "manual",
    ...signal && { signal },
  });
}

/** Other characters than these could not be sent in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

function parseToken(text: string): RegistryToken | undefined {
  try {
    const answer = JsonObject.from(JSON.parse(text), "the token");
    const value = answer.optionalString("token") ||
      answer.optionalString("access_token");
    if (value === undefined || !TOKEN.test(value)) return undefined;
    const seconds = answer.optionalSize("expires_in") ?? MIN_LIFETIME;
    return { value, lifetime: Math.max(seconds, MIN_LIFETIME) * 1000 };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refusal(
  request: TokenRequest,
  response: Response,
  text: string,
): RegistryError {
  const { status, headers } = response;
  const said = saidIn(text);
  const reason = `its token server "${request.realm.host}" answers ${status}` +
    (said && `, ${said}`);
  const isDenial = status === 401 || status === 403;
  const advice = !isDenial
    ? ""
    : request.credentials === undefined
    ? `\nLog in first: docker login ${request.registry}`
    : `\nLog in again, the password may have changed: docker login ${request.registry}`;
  const retryAfter = parseRetryAfter(headers);
  return failure(request, `${reason}${advice}`, {
    status,
    transient: isTransientStatus(status),
    ...retryAfter !== undefined && { retryAfter },
  });
}

function saidIn(text: string): string {
  const errors = parseRegistryErrors(text);
  if (errors.length > 0) {
    return errors.map(({ code, message }) => message || code).join("; ");
  }
  try {
    // Docker Hub's own form.
    const answer = JsonObject.from(JSON.parse(text), "the refusal");
    return printable(answer.optionalString("details") ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

function failure(
  { registry, realm }: TokenRequest,
  reason: string,
  answer: {
    readonly status: number;
    readonly transient?: boolean;
    readonly retryAfter?: number;
  },
): RegistryError {
  return new RegistryError(
    `Cannot log in to the registry "${registry}": ${reason}`,
    { method: "GET", path: realm.pathname, ...answer },
  );
}
