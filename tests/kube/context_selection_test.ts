import { strict as assert } from "node:assert";
import type { ConnectionFlags } from "../../src/kube/connection_flags.ts";
import {
  type ContextSelection,
  selectContext,
  withAbsoluteFlagPaths,
} from "../../src/kube/context_selection.ts";
import { parseKubeconfig } from "../../src/kube/kubeconfig.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const CONFIG = {
  "current-context": "x",
  contexts: [
    { name: "x", context: { cluster: "cl", user: "u", namespace: "ns" } },
    { name: "y", context: { cluster: "cl2", user: "v" } },
    { name: "dangling", context: { cluster: "gone", user: "gone" } },
  ],
  clusters: [
    {
      name: "cl",
      cluster: {
        server: "https://one.example",
        "tls-server-name": "name.example",
        "certificate-authority-data": "Y2E=",
      },
    },
    {
      name: "cl2",
      cluster: {
        server: "https://two.example",
        "insecure-skip-tls-verify": true,
      },
    },
  ],
  users: [
    {
      name: "u",
      user: {
        "client-certificate-data": "Y2VydA==",
        "client-key-data": "a2V5",
        tokenFile: "/token",
        as: "someone",
        "as-groups": ["g"],
        "as-user-extra": { a: ["1"], b: ["2"] },
      },
    },
    { name: "v", user: { token: "t", username: "n", password: "p" } },
  ],
};

function select(flags: ConnectionFlags, config = {}): ContextSelection {
  return selectContext(parseKubeconfig({ ...CONFIG, ...config }, "f"), flags);
}

function names(selection: ContextSelection): readonly string[] {
  const { contextName, clusterName, userName, namespace } = selection;
  return [contextName, clusterName, userName, namespace];
}

Deno.test("selectContext() takes the current context", () => {
  const selection = select({});
  assert.deepEqual(names(selection), ["x", "cl", "u", "ns"]);
  assert.equal(selection.cluster.server, "https://one.example");
  assert.equal(selection.user.tokenFile, "/token");
});

Deno.test("selectContext() lets flags choose", () => {
  assert.deepEqual(names(select({ context: "y" })), ["y", "cl2", "v", ""]);
  assert.deepEqual(
    names(select({ cluster: "cl2", user: "v", namespace: "other" })),
    ["x", "cl2", "v", "other"],
  );
});

Deno.test("selectContext() takes an empty flag for an absent one", () => {
  const flags = {
    context: "",
    cluster: "",
    user: "",
    namespace: "",
    server: "",
  };
  assert.deepEqual(names(select(flags)), ["x", "cl", "u", "ns"]);
});

Deno.test("selectContext() is empty without a current context", () => {
  const selection = select({}, { "current-context": "" });
  assert.deepEqual(names(selection), ["", "", "", ""]);
  assert.equal(selection.hasCluster, false);
  assert.equal(selection.hasUser, false);
});

Deno.test("selectContext() lets a context name what is not there", () => {
  const selection = select({ context: "dangling" });
  assert.deepEqual(names(selection), ["dangling", "gone", "gone", ""]);
  assert.equal(selection.hasCluster, false);
  assert.equal(selection.hasUser, false);
});

const REFUSED: [ConnectionFlags, field: string, problem: string][] = [
  [
    { context: "z" },
    "--context",
    'context "z" does not exist\nIts contexts are: x, y, dangling',
  ],
  [
    { cluster: "z" },
    "--cluster",
    'cluster "z" does not exist\nIts clusters are: cl, cl2',
  ],
  [
    { user: "z" },
    "--user",
    'auth info "z" does not exist\nIts users are: u, v',
  ],
];

for (const [flags, field, problem] of REFUSED) {
  Deno.test(`selectContext() refuses a wrong ${field}`, () => {
    assert.throws(() => select(flags), {
      name: "KubeconfigError",
      message: `Cannot use kubeconfig "f": ${problem}`,
      field,
      path: "f",
    });
  });
}

Deno.test("selectContext() refuses a current context that is not there", () => {
  assert.throws(() => select({}, { "current-context": "z" }), {
    message:
      'Cannot use kubeconfig "f": context was not found for specified context: z\nIts contexts are: x, y, dangling',
    field: "current-context",
  });
});

Deno.test("selectContext() does not take a name of every object for a context", () => {
  assert.throws(() => select({ context: "constructor" }), {
    name: "KubeconfigError",
  });
});

Deno.test("--server drops the certificate's name of the kubeconfig", () => {
  const { cluster } = select({ server: "https://other.example" });
  assert.equal(cluster.server, "https://other.example");
  assert.equal(cluster.tlsServerName, "");
  const flags = { server: "https://other.example", tlsServerName: "n.example" };
  assert.equal(select(flags).cluster.tlsServerName, "n.example");
  assert.equal(select({}).cluster.tlsServerName, "name.example");
});

Deno.test("--certificate-authority replaces data and the insecure setting", () => {
  const data = select({ certificateAuthority: "/ca" }).cluster;
  assert.equal(data.certificateAuthority, "/ca");
  assert.equal(data.certificateAuthorityData, "");
  const insecure = select({ context: "y", certificateAuthority: "/ca" });
  assert.equal(insecure.cluster.insecureSkipTlsVerify, false);
});

Deno.test("--insecure-skip-tls-verify drops the authority", () => {
  const { cluster } = select({ insecureSkipTlsVerify: true });
  assert.equal(cluster.insecureSkipTlsVerify, true);
  assert.equal(cluster.certificateAuthorityData, "");
});

Deno.test("--insecure-skip-tls-verify=false does not unset the kubeconfig's", () => {
  const selection = select({ context: "y", insecureSkipTlsVerify: false });
  assert.equal(selection.cluster.insecureSkipTlsVerify, true);
});

Deno.test("--client-certificate and --client-key each replace their data", () => {
  const { user } = select({ clientCertificate: "/crt" });
  assert.equal(user.clientCertificate, "/crt");
  assert.equal(user.clientCertificateData, "");
  assert.equal(user.clientKeyData, "key");
  const other = select({ clientKey: "/key" }).user;
  assert.equal(other.clientKey, "/key");
  assert.equal(other.clientKeyData, "");
});

Deno.test("--token leaves tokenFile, which wins", () => {
  const { user } = select({ token: "flag" });
  assert.equal(user.token, "flag");
  assert.equal(user.tokenFile, "/token");
});

Deno.test("--username and --password go over the kubeconfig's", () => {
  const { user } = select({ context: "y", username: "m" });
  assert.equal(user.username, "m");
  assert.equal(user.password, "p");
});

Deno.test("impersonation flags replace the user and groups and add to the extra", () => {
  const { user } = select({
    as: "other",
    asUid: "1",
    asGroup: ["h", "i"],
    asUserExtra: ["b=3", "c=x=y", "b=4"],
  });
  assert.equal(user.as, "other");
  assert.equal(user.asUid, "1");
  assert.deepEqual(user.asGroups, ["h", "i"]);
  assert.deepEqual(
    user.asUserExtra,
    new Map([["a", ["1"]], ["b", ["3", "4"]], ["c", ["x=y"]]]),
  );
  assert.deepEqual(select({ asGroup: [] }).user.asGroups, ["g"]);
});

Deno.test("--as-user-extra must be key=value", () => {
  for (const entry of ["scopes", "=value"]) {
    assert.throws(() => select({ asUserExtra: [entry] }), {
      name: "KubeconfigError",
      field: "--as-user-extra",
      message:
        `Cannot use the connection flags: --as-user-extra is "${entry}", but key=value is wanted`,
    });
  }
});

Deno.test("withAbsoluteFlagPaths() starts at the working directory", () => {
  const flags = withAbsoluteFlagPaths({
    certificateAuthority: "ca.crt",
    clientCertificate: "../client.crt",
    clientKey: "/client.key",
    token: "t",
  }, memoryKubeHost({ cwd: "/work" }));
  assert.deepEqual(flags, {
    certificateAuthority: "/work/ca.crt",
    clientCertificate: "/client.crt",
    clientKey: "/client.key",
    token: "t",
  });
  const none = withAbsoluteFlagPaths({}, memoryKubeHost());
  assert.equal(none.certificateAuthority, "");
});
