import { strict as assert } from "node:assert";
import { selectContext } from "../../src/kube/context_selection.ts";
import {
  ignoredInCluster,
  inClusterNamespace,
  isInCluster,
  selectServiceAccount,
} from "../../src/kube/in_cluster.ts";
import { parseKubeconfig } from "../../src/kube/kubeconfig.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const ENV = {
  KUBERNETES_SERVICE_HOST: "10.0.0.1",
  KUBERNETES_SERVICE_PORT: "443",
};
const FILES = { [`${FOLDER}/token`]: "t", [`${FOLDER}/ca.crt`]: "ca" };

Deno.test("isInCluster() needs the address and the token", async () => {
  assert.equal(await isInCluster(memoryKubeHost()), false);
  assert.equal(await isInCluster(memoryKubeHost({ env: ENV })), false);
  assert.equal(await isInCluster(memoryKubeHost({ files: FILES })), false);
  const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };
  assert.equal(await isInCluster(memoryKubeHost({ env, files: FILES })), false);
  const pod = memoryKubeHost({ env: ENV, files: FILES });
  assert.equal(await isInCluster(pod), true);
});

Deno.test("inClusterNamespace() is $POD_NAMESPACE, the account's, or default", async () => {
  const files = { [`${FOLDER}/namespace`]: "ns\n" };
  const env = { POD_NAMESPACE: "pod" };
  assert.equal(await inClusterNamespace(memoryKubeHost({ env, files })), "pod");
  assert.equal(await inClusterNamespace(memoryKubeHost({ files })), "ns");
  assert.equal(await inClusterNamespace(memoryKubeHost()), "default");
  const empty = memoryKubeHost({ files: { [`${FOLDER}/namespace`]: "\n" } });
  assert.equal(await inClusterNamespace(empty), "default");
});

Deno.test("selectServiceAccount() takes server, token and authority of the Pod", async () => {
  const host = memoryKubeHost({ env: ENV, files: FILES });
  const chosen = selectContext(parseKubeconfig({}, "f"), { as: "someone" });
  const selection = await selectServiceAccount(chosen, { flags: {}, host });
  assert.equal(selection.cluster.server, "https://10.0.0.1:443");
  assert.equal(selection.cluster.certificateAuthority, `${FOLDER}/ca.crt`);
  assert.equal(selection.user.tokenFile, `${FOLDER}/token`);
  assert.equal(selection.user.as, "someone");
});

Deno.test("selectServiceAccount() brackets an IPv6 address", async () => {
  const env = { ...ENV, KUBERNETES_SERVICE_HOST: "fd00::1" };
  const host = memoryKubeHost({ env, files: FILES });
  const chosen = selectContext(parseKubeconfig({}, "f"), {});
  const selection = await selectServiceAccount(chosen, { flags: {}, host });
  assert.equal(selection.cluster.server, "https://[fd00::1]:443");
});

Deno.test("selectServiceAccount() lets server, token and authority flags win", async () => {
  const host = memoryKubeHost({ env: ENV, files: FILES });
  const chosen = selectContext(parseKubeconfig({}, "f"), {});
  const { cluster, user } = await selectServiceAccount(chosen, {
    flags: {
      server: "https://other.example",
      token: "flag",
      certificateAuthority: "/ca",
    },
    host,
  });
  assert.equal(cluster.server, "https://other.example");
  assert.equal(cluster.certificateAuthority, "/ca");
  assert.equal(user.token, "flag");
  assert.equal(user.tokenFile, "");
});

Deno.test("selectServiceAccount() leaves the system's authorities without a file", async () => {
  const files = { [`${FOLDER}/token`]: "t" };
  const host = memoryKubeHost({ env: ENV, files });
  const chosen = selectContext(parseKubeconfig({}, "f"), {});
  const selection = await selectServiceAccount(chosen, { flags: {}, host });
  assert.equal(selection.cluster.certificateAuthority, "");
});

Deno.test("ignoredInCluster() names the flags that are set in vain", () => {
  assert.deepEqual(
    ignoredInCluster({
      token: "t",
      clientCertificate: "/c",
      clientKey: "",
      insecureSkipTlsVerify: true,
    }),
    ["--insecure-skip-tls-verify", "--client-certificate"],
  );
});
