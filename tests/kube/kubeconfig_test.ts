import { strict as assert } from "node:assert";
import {
  EMPTY_CLUSTER,
  EMPTY_USER,
  parseKubeconfig,
} from "../../src/kube/kubeconfig.ts";

Deno.test("parseKubeconfig() reads every field", () => {
  const config = parseKubeconfig({
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    "current-context": "x",
    contexts: [
      { name: "x", context: { cluster: "cl", user: "u", namespace: "ns" } },
    ],
    clusters: [{
      name: "cl",
      cluster: {
        server: "https://cluster.example",
        "tls-server-name": "other.example",
        "insecure-skip-tls-verify": true,
        "certificate-authority": "ca.crt",
        "certificate-authority-data": "Y2E=",
        "proxy-url": "http://proxy.example",
        "disable-compression": true,
        extensions: [
          { name: "other", extension: 1 },
          {
            name: "client.authentication.k8s.io/exec",
            extension: { audience: "a" },
          },
        ],
      },
    }],
    users: [{
      name: "u",
      user: {
        "client-certificate": "client.crt",
        "client-certificate-data": "Y2VydA==",
        "client-key": "client.key",
        "client-key-data": "a2V5",
        token: "t",
        tokenFile: "token",
        username: "n",
        password: "p",
        as: "someone",
        "as-uid": "1",
        "as-groups": ["g", "h"],
        "as-user-extra": { scopes: ["a", "b"] },
        "auth-provider": { name: "oidc", config: { "id-token": "secret" } },
        exec: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: "plugin",
          args: ["--verbose"],
          env: [{ name: "A", value: "b" }],
          installHint: "install it",
          provideClusterInfo: true,
          interactiveMode: "Never",
        },
      },
    }],
  }, "config");
  assert.deepEqual(config, {
    files: ["config"],
    currentContext: "x",
    contexts: new Map([["x", { cluster: "cl", user: "u", namespace: "ns" }]]),
    clusters: new Map([["cl", {
      server: "https://cluster.example",
      tlsServerName: "other.example",
      insecureSkipTlsVerify: true,
      certificateAuthority: "ca.crt",
      certificateAuthorityData: "ca",
      proxyUrl: "http://proxy.example",
      disableCompression: true,
      execExtension: { audience: "a" },
    }]]),
    users: new Map([["u", {
      clientCertificate: "client.crt",
      clientCertificateData: "cert",
      clientKey: "client.key",
      clientKeyData: "key",
      token: "t",
      tokenFile: "token",
      username: "n",
      password: "p",
      as: "someone",
      asUid: "1",
      asGroups: ["g", "h"],
      asUserExtra: new Map([["scopes", ["a", "b"]]]),
      authProvider: "oidc",
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "plugin",
        args: ["--verbose"],
        env: [{ name: "A", value: "b" }],
        installHint: "install it",
        provideClusterInfo: true,
        interactiveMode: "Never",
      },
    }]]),
  });
});

Deno.test("parseKubeconfig() reads absent fields as empty", () => {
  const config = parseKubeconfig({
    contexts: [{ name: "x" }],
    clusters: [{ name: "cl" }],
    users: [{ name: "u", user: null }],
  }, "config");
  assert.equal(config.currentContext, "");
  assert.deepEqual(config.contexts.get("x"), {
    cluster: "",
    user: "",
    namespace: "",
  });
  assert.deepEqual(config.clusters.get("cl"), EMPTY_CLUSTER);
  assert.deepEqual(config.users.get("u"), EMPTY_USER);
});

Deno.test("parseKubeconfig() gives interactiveMode a default only in v1beta1", () => {
  const modes = ["v1beta1", "v1"].map((version) => {
    const apiVersion = `client.authentication.k8s.io/${version}`;
    const users = [{ name: "u", user: { exec: { apiVersion } } }];
    const config = parseKubeconfig({ users }, "config");
    return config.users.get("u")?.exec?.interactiveMode;
  });
  assert.deepEqual(modes, ["IfAvailable", ""]);
});

Deno.test("parseKubeconfig() refuses another kind of document", () => {
  assert.throws(() => parseKubeconfig({ kind: "Pod" }, "config"), {
    field: "kind",
    message: 'kind is "Pod", but a kubeconfig has "Config"',
  });
  assert.throws(() => parseKubeconfig({ apiVersion: "v2" }, "config"), {
    field: "apiVersion",
  });
});

Deno.test("parseKubeconfig() refuses a name that is there twice", () => {
  const users = [
    { name: "u", user: { token: "secret" } },
    { name: "u", user: { token: "secret" } },
  ];
  assert.throws(() => parseKubeconfig({ users }, "config"), {
    field: "users[1].name",
    message: 'users[1].name is "u" a second time: names are unique in one file',
  });
});
