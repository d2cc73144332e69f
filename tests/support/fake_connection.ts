import type {
  Connection,
  Credentials,
  TlsSettings,
} from "../../src/kube/connection.ts";

/** What a test says about a connection; everything else is plain. */
export interface FakeConnectionOptions {
  /** Authorities of the server's certificate, and the like. */
  readonly tls?: Partial<TlsSettings>;
  /** The proxy on the way. */
  readonly proxy?: URL;
  /** Headers of impersonation. */
  readonly impersonation?: readonly (readonly [string, string])[];
  /** What each call for credentials gives. */
  readonly credentials?: () => Credentials;
  /** What a renewal tells; none helps by default. */
  readonly refresh?: () => boolean;
}

/** Makes a connection as a kubeconfig would. */
export function fakeConnection(
  server: URL,
  options: FakeConnectionOptions = {},
): Connection {
  const { tls, proxy, impersonation = [], credentials, refresh } = options;
  return {
    server,
    namespace: "default",
    contextName: "test",
    clusterName: "lab",
    userName: "jane",
    origin: "/home/jane/.kube/config",
    tls: { insecure: false, ...tls },
    credentials: {
      get: () => Promise.resolve(credentials?.() ?? {}),
      refresh: () => Promise.resolve(refresh?.() ?? false),
    },
    impersonation,
    ...(proxy === undefined ? {} : { proxy }),
    warnings: [],
  };
}
