import { strict as assert } from "node:assert";
import { systemKubeHost } from "../../src/cli/kube_host.ts";
import type { Connection } from "../../src/kube/connection.ts";
import type { ConnectionFlags } from "../../src/kube/connection_flags.ts";
import {
  loadConnection,
  readKubeconfig,
} from "../../src/kube/load_connection.ts";
import { kubeconfigFixture, readPkiFixture } from "./kubeconfig_fixture.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const SYSTEM = systemKubeHost({ stdinTaken: false });
const CA = readPkiFixture("client.crt");
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const POD_ENV = {
  KUBERNETES_SERVICE_HOST: "10.0.0.1",
  KUBERNETES_SERVICE_PORT: "443",
};
const POD_FILES = {
  [`${ACCOUNT}/token`]: "account-token\n",
  [`${ACCOUNT}/ca.crt`]: CA,
  [`${ACCOUNT}/namespace`]: "pod-namespace",
};
const CONFIG = `
current-context: x
contexts:
- name: x
  context: {cluster: cl, user: u, namespace: ns}
- name: bare
  context: {cluster: bare}
clusters:
- name: cl
  cluster: {server: "https://cluster.example:6443/prefix/"}
- name: bare
  cluster: {server: "https://bare.example"}
users:
- name: u
  user: {token: t, as: someone}
`;

interface Machine {
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function load(
  machine: Machine,
  flags: ConnectionFlags = {},
): Promise<Connection> {
  const { config, env, files } = machine;
  return loadConnection(
    flags,
    memoryKubeHost({
      env: { HOME: "/h", ...env },
      files: { ...(config && { "/h/.kube/config": config }), ...files },
    }),
  );
}

function loadInPod(
  flags: ConnectionFlags = {},
  machine: Machine = {},
): Promise<Connection> {
  const env = { ...POD_ENV, ...machine.env };
  return load({ ...machine, env, files: POD_FILES }, flags);
}

Deno.test("loadConnection() resolves the current context", async () => {
  const { credentials, ...connection } = await load({
    config: CONFIG,
    files: { "/etc/ssl/cert.pem": CA },
  });
  assert.deepEqual(connection, {
    server: new URL("https://cluster.example:6443/prefix"),
    namespace: "ns",
    contextName: "x",
    clusterName: "cl",
    userName: "u",
    origin: "/h/.kube/config",
    tls: { insecure: false, ca: CA },
    impersonation: [["Impersonate-User", "someone"]],
    warnings: [],
  });
  assert.deepEqual(await credentials.get(), { authorization: "Bearer t" });
});

Deno.test("loadConnection() takes every setting of cluster and flags", async () => {
  const connection = await load({
    config: CONFIG,
    env: { HTTPS_PROXY: "http://proxy.example:3128" },
    files: { "/work/ca.crt": CA },
  }, {
    context: "bare",
    namespace: "flag-namespace",
    server: "https://other.example",
    tlsServerName: "name.example",
    certificateAuthority: "ca.crt",
    token: "flag",
    requestTimeout: "1m30s",
  });
  assert.equal(connection.server.href, "https://other.example/");
  assert.equal(connection.namespace, "flag-namespace");
  assert.equal(connection.userName, "");
  assert.deepEqual(connection.tls, {
    insecure: false,
    ca: CA,
    serverName: "name.example",
  });
  assert.equal(connection.proxy?.href, "http://proxy.example:3128/");
  assert.equal(connection.requestTimeout, 90_000);
  assert.deepEqual(await connection.credentials.get(), {
    authorization: "Bearer flag",
  });
});

Deno.test("loadConnection() without a namespace takes default", async () => {
  const connection = await load({ config: CONFIG }, { context: "bare" });
  assert.equal(connection.namespace, "default");
});

Deno.test("loadConnection() needs no kubeconfig with --server", async () => {
  const flags = { server: "https://other.example", token: "t" };
  const connection = await load({}, flags);
  assert.equal(connection.origin, "the connection flags");
  assert.equal(connection.server.href, "https://other.example/");
});

Deno.test("loadConnection() takes $KUBERNETES_MASTER for want of a server", async () => {
  const env = { KUBERNETES_MASTER: "https://master.example" };
  const connection = await load({ env });
  assert.equal(connection.server.href, "https://master.example/");
});

Deno.test("loadConnection() sends no credentials without TLS", async () => {
  const env = { HTTP_PROXY: "http://proxy.example:3128" };
  const flags = { server: "http://plain.example:8080" };
  const connection = await load({ config: CONFIG, env }, flags);
  assert.deepEqual(await connection.credentials.get(), {});
  assert.deepEqual(connection.tls, { insecure: false });
  assert.deepEqual(connection.impersonation, [["Impersonate-User", "someone"]]);
  assert.equal(connection.proxy?.href, "http://proxy.example:3128/");
  assert.deepEqual(connection.warnings, [
    "http://plain.example:8080 is not https: no credentials are sent to it",
  ]);
});

Deno.test("loadConnection() warns that a certificate is not verified", async () => {
  const flags = { insecureSkipTlsVerify: true };
  const connection = await load({ config: CONFIG }, flags);
  assert.equal(connection.tls.insecure, true);
  assert.deepEqual(connection.warnings, [
    'The certificate of https://cluster.example:6443 is not verified: insecure-skip-tls-verify is set for cluster "cl"',
  ]);
});

Deno.test("loadConnection() warns that a user is not there", async () => {
  const kubeconfig = kubeconfigFixture("absent-user");
  const connection = await loadConnection({ kubeconfig }, SYSTEM);
  assert.deepEqual(await connection.credentials.get(), {});
  assert.deepEqual(connection.warnings, [
    'User "u" is not in the kubeconfig: requests are anonymous',
  ]);
  const flags = { kubeconfig, token: "t" };
  assert.deepEqual((await loadConnection(flags, SYSTEM)).warnings, []);
});

/** Files that lead to no server, or to one that cannot be. */
const NOWHERE: Readonly<Record<string, [field: string, problem: string]>> = {
  "absent-current-context": [
    "current-context",
    "context was not found for specified context: gone\nIts contexts are: x",
  ],
  "absent-cluster": ["cluster", 'cluster "cl" was not found for context "x"'],
  "context-without-cluster": [
    "cluster",
    'cluster was not specified for context "x"',
  ],
  "cluster-without-server": ["server", 'no server found for cluster "cl"'],
  "no-current-context": [
    "current-context",
    "there is no current-context\nName one with --context\nIts contexts are: x",
  ],
  "wrong-case": [
    "current-context",
    "there is no current-context\nName one with --context\nIts contexts are: x",
  ],
  empty: ["", "it names no cluster"],
  "comment-only": ["", "it names no cluster"],
  "server-without-scheme-with-path": [
    "server",
    'invalid server of cluster "cl": host must be a URL or a host:port pair: "cluster.example/path"',
  ],
  "server-scheme": [
    "server",
    'invalid server of cluster "cl": unsupported protocol scheme "ftp"',
  ],
  "server-with-password": [
    "server",
    'invalid server of cluster "cl": it holds a user name or password\nGive them as username and password of the user',
  ],
  "server-with-backslash": [
    "server",
    'invalid server of cluster "cl": it has a space, a backslash or a control character',
  ],
  "authority-and-insecure": [
    "insecure-skip-tls-verify",
    "specifying a root certificates file with the insecure flag is not allowed",
  ],
  "authority-is-a-key": [
    "certificate-authority",
    `unable to load root certificates of cluster "cl" from ${
      kubeconfigFixture("pki/client").replace(".yaml", ".key")
    }: there is no certificate in PEM form`,
  ],
};

for (const [fault, [field, problem]] of Object.entries(NOWHERE)) {
  Deno.test(`loadConnection() refuses ${fault}.yaml`, async () => {
    const kubeconfig = kubeconfigFixture(fault);
    await assert.rejects(loadConnection({ kubeconfig }, SYSTEM), {
      name: "KubeconfigError",
      message: `Cannot use kubeconfig "${kubeconfig}": ${problem}`,
      path: kubeconfig,
      ...(field && { field }),
    });
  });
}

Deno.test("loadConnection() reports what validation finds", async () => {
  const kubeconfig = kubeconfigFixture("several-problems");
  await assert.rejects(loadConnection({ kubeconfig }, SYSTEM), {
    name: "KubeconfigError",
    message:
      /: invalid configuration\n\* client-key-data .*\n\* more than one /,
  });
});

Deno.test("loadConnection() without anything says how to name a cluster", async () => {
  await assert.rejects(load({}), {
    name: "KubeconfigError",
    message:
      "Cannot find a cluster: no kubeconfig and not in a cluster\nName a file with --kubeconfig or $KUBECONFIG, put one at ~/.kube/config, or run as a Pod with a service account",
  });
  const missing = { KUBECONFIG: "/a:/b" };
  await assert.rejects(load({ config: CONFIG, env: missing }), {
    message: /^Cannot find a cluster: no kubeconfig and not in a cluster\n/,
  });
});

Deno.test("loadConnection() refuses a namespace that would change the path", async () => {
  for (const namespace of ["a/b", "..", ".", "a%2fb", "a?b", "a b"]) {
    await assert.rejects(load({ config: CONFIG }, { namespace }), {
      name: "KubeconfigError",
      field: "namespace",
      message:
        `Cannot use kubeconfig "/h/.kube/config": invalid namespace "${namespace}": it cannot be a segment of a path`,
    });
  }
});

Deno.test("loadConnection() refuses a timeout that is none", async () => {
  await assert.rejects(load({ config: CONFIG }, { requestTimeout: "soon" }), {
    name: "KubeconfigError",
    field: "--request-timeout",
    message: /^Cannot use the connection flags: invalid timeout value "soon": /,
  });
  const none = await load({ config: CONFIG }, { requestTimeout: "0" });
  assert.equal(none.requestTimeout, undefined);
});

Deno.test("loadConnection() takes the service account in a Pod", async () => {
  const connection = await loadInPod();
  assert.equal(connection.server.href, "https://10.0.0.1/");
  assert.equal(connection.namespace, "pod-namespace");
  assert.equal(connection.origin, "the service account of this Pod");
  assert.deepEqual(connection.tls, { insecure: false, ca: CA });
  assert.deepEqual(await connection.credentials.get(), {
    authorization: "Bearer account-token",
  });
  assert.deepEqual(connection.warnings, []);
});

Deno.test("loadConnection() takes the service account when the kubeconfig chooses nothing", async () => {
  const machines: Machine[] = [
    { env: { KUBECONFIG: "/missing" } },
    { config: CONFIG.replace("current-context: x", "") },
  ];
  for (const machine of machines) {
    const connection = await loadInPod({}, machine);
    assert.equal(connection.server.href, "https://10.0.0.1/");
  }
});

Deno.test("loadConnection() prefers a kubeconfig in a Pod, but its namespace", async () => {
  const connection = await loadInPod({ context: "bare" }, { config: CONFIG });
  assert.equal(connection.server.href, "https://bare.example/");
  assert.equal(connection.namespace, "pod-namespace");
  const named = await loadInPod({}, { config: CONFIG });
  assert.equal(named.namespace, "ns");
});

Deno.test("loadConnection() lets few flags reach the service account", async () => {
  const other = await loadInPod({
    token: "flag",
    as: "someone",
    namespace: "flag-namespace",
    tlsServerName: "name.example",
  });
  assert.deepEqual(await other.credentials.get(), {
    authorization: "Bearer flag",
  });
  assert.deepEqual(other.impersonation, [["Impersonate-User", "someone"]]);
  assert.equal(other.namespace, "flag-namespace");
  assert.deepEqual(other.tls, { insecure: false, ca: CA });
  assert.deepEqual(other.warnings, [
    "--tls-server-name has no effect on the service account of this Pod",
  ]);
});

Deno.test("loadConnection() leaves the service account for another server", async () => {
  const connection = await loadInPod({ server: "https://other.example" });
  assert.equal(connection.server.href, "https://other.example/");
  assert.deepEqual(await connection.credentials.get(), {});
});

Deno.test("readKubeconfig() merges the files of $KUBECONFIG that are there", async () => {
  const config = await readKubeconfig(
    {},
    memoryKubeHost({
      env: { KUBECONFIG: "/a:/missing:b" },
      files: {
        "/a": "users: [{name: u, user: {token: first}}]",
        "/work/b": CONFIG,
      },
    }),
  );
  assert.deepEqual(config.files, ["/a", "b"]);
  assert.equal(config.currentContext, "x");
  assert.deepEqual([...config.contexts.keys()], ["x", "bare"]);
  assert.deepEqual([...config.clusters.keys()], ["cl", "bare"]);
  assert.equal(config.users.get("u")?.token, "first");
});

Deno.test("readKubeconfig() fails when one of several files is broken", async () => {
  const host = memoryKubeHost({
    env: { KUBECONFIG: "/a:/b" },
    files: { "/a": CONFIG, "/b": "a: [" },
  });
  await assert.rejects(readKubeconfig({}, host), {
    name: "KubeconfigError",
    path: "/b",
  });
});

Deno.test("readKubeconfig() wants the file that the flag names", async () => {
  const host = memoryKubeHost({ files: { "/h/.kube/config": CONFIG } });
  await assert.rejects(readKubeconfig({ kubeconfig: "gone" }, host), {
    name: "KubeconfigError",
    message: 'Cannot read kubeconfig "gone": no such file or directory',
    path: "gone",
    field: "--kubeconfig",
  });
});
