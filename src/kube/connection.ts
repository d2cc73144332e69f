/**
 * A kubeconfig context, resolved and validated: all that is needed to speak to
 * the API server. Made by `loadConnection`, used by `clusterTransport`.
 */
export interface Connection {
  /** Scheme, host, port and base path of the API server; no trailing slash. */
  readonly server: URL;
  /** The namespace that requests go to when none is given. */
  readonly namespace: string;
  /** The context's name; empty when there is none. */
  readonly contextName: string;
  /** The cluster's name; empty when there is none. */
  readonly clusterName: string;
  /** The user's name; empty when there is none. */
  readonly userName: string;
  /** Where it was read from, for messages: the files, or the service account. */
  readonly origin: string;
  /** How the server's certificate is verified. */
  readonly tls: TlsSettings;
  /** What proves who the caller is. */
  readonly credentials: CredentialProvider;
  /** `Impersonate-*` headers, in the order they are sent. */
  readonly impersonation: readonly (readonly [string, string])[];
  /**
   * The proxy on the way to the API server, from `proxy-url` or the
   * environment: an `http:`, `https:` or `socks5:` URL, perhaps with userinfo.
   */
  readonly proxy?: URL;
  /**
   * Deadline of a single API call in milliseconds (`--request-timeout`), absent
   * for none. It does not bound transfers of blobs.
   */
  readonly requestTimeout?: number;
  /** What the user should know (`insecure-skip-tls-verify`). */
  readonly warnings: readonly string[];
}

/** How the API server's certificate is verified. */
export interface TlsSettings {
  /**
   * Authorities, PEM; absent for those that the runtime trusts by itself.
   * Deno 2.6 adds them to its own; so that they replace these, its variable
   * `DENO_TLS_CA_STORE` has to be set and empty.
   */
  readonly ca?: string;
  /** Name for SNI and verification, in place of the server's host. */
  readonly serverName?: string;
  /** Whether the certificate is accepted unseen. */
  readonly insecure: boolean;
}

/** A certificate and its key, PEM. */
export interface ClientCertificate {
  /** The certificate, with its chain. */
  readonly cert: string;
  /** The key, not encrypted. */
  readonly key: string;
}

/** What proves who the caller is, for one request. */
export interface Credentials {
  /** The `Authorization` header, where there is one. */
  readonly authorization?: string;
  /** The certificate for the TLS handshake, where there is one. */
  readonly certificate?: ClientCertificate;
}

/** Where credentials come from: static, a file that changes, an exec plugin. */
export interface CredentialProvider {
  /**
   * Returns the credentials for the next request, renewed when they expired.
   *
   * @throws {ExecCredentialError} when an exec plugin fails
   * @throws {KubeconfigError} when a file cannot be read
   */
  get(): Promise<Credentials>;
  /**
   * Called after the API server itself (not the registry behind it) answered
   * 401. Forgets what is cached and tells whether another try can differ.
   *
   * @param rejected what was sent; what was renewed since is kept
   */
  refresh(rejected?: Credentials): Promise<boolean>;
}
