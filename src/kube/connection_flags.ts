/**
 * kubectl's flags about the connection. A flag that is absent or empty changes
 * nothing.
 */
export interface ConnectionFlags {
  /** `--kubeconfig`: the only file to read. */
  readonly kubeconfig?: string;
  /** `--context`: the context, in place of the current one. */
  readonly context?: string;
  /** `--cluster`: the cluster, in place of the context's. */
  readonly cluster?: string;
  /** `--user`: the user, in place of the context's. */
  readonly user?: string;
  /** `-n`, `--namespace`: the namespace, in place of the context's. */
  readonly namespace?: string;
  /** `-s`, `--server`: address and port of the API server. */
  readonly server?: string;
  /** `--tls-server-name`: the name in the server's certificate. */
  readonly tlsServerName?: string;
  /** `--insecure-skip-tls-verify`: accept any certificate of the server. */
  readonly insecureSkipTlsVerify?: boolean;
  /** `--certificate-authority`: path of the authorities, PEM. */
  readonly certificateAuthority?: string;
  /** `--client-certificate`: path of the client's certificate, PEM. */
  readonly clientCertificate?: string;
  /** `--client-key`: path of the client's key, PEM. */
  readonly clientKey?: string;
  /** `--token`: the bearer token. */
  readonly token?: string;
  /** `--username`: the name for basic authentication. */
  readonly username?: string;
  /** `--password`: the password for basic authentication. */
  readonly password?: string;
  /** `--as`: the user to impersonate. */
  readonly as?: string;
  /** `--as-uid`: the UID to impersonate. */
  readonly asUid?: string;
  /** `--as-group`: the groups to impersonate. */
  readonly asGroup?: readonly string[];
  /** `--as-user-extra`: what else to impersonate, each as `key=value`. */
  readonly asUserExtra?: readonly string[];
  /** `--request-timeout`: whole seconds or a Go duration; `0` for none. */
  readonly requestTimeout?: string;
}
