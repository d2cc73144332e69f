import { strict as assert } from "node:assert";
import { execInfo } from "../../src/kube/exec_credential_request.ts";
import { EMPTY_CLUSTER } from "../../src/kube/kubeconfig.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const API_VERSION = "client.authentication.k8s.io/v1";
const HOST = memoryKubeHost({ files: { "/ca.crt": "ca" } });

Deno.test("execInfo() says without a cluster only whether to ask", async () => {
  const request = { apiVersion: API_VERSION, interactive: false };
  assert.equal(
    await execInfo(request, HOST),
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}\n',
  );
});

Deno.test("execInfo() tells what there is of the cluster, in kubectl's order", async () => {
  const cluster = {
    ...EMPTY_CLUSTER,
    server: "https://h",
    tlsServerName: "n",
    insecureSkipTlsVerify: true,
    certificateAuthorityData: "ca",
    proxyUrl: "http://p",
    disableCompression: true,
    execExtension: { audience: "a" },
  };
  const info = await execInfo({
    apiVersion: "client.authentication.k8s.io/v1beta1",
    interactive: true,
    cluster: { server: "https://h", cluster },
  }, HOST);
  assert.equal(
    info,
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"cluster":{"server":"https://h","tls-server-name":"n","insecure-skip-tls-verify":true,"certificate-authority-data":"Y2E=","proxy-url":"http://p","disable-compression":true,"config":{"audience":"a"}},"interactive":true}}\n',
  );
});

Deno.test("execInfo() leaves empty members out, but for the config", async () => {
  const info = await execInfo({
    apiVersion: API_VERSION,
    interactive: false,
    cluster: { server: "https://h", cluster: EMPTY_CLUSTER },
  }, HOST);
  assert.equal(
    info,
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":"https://h","config":null},"interactive":false}}\n',
  );
});

Deno.test("execInfo() loads the authorities from their file", async () => {
  const cluster = { ...EMPTY_CLUSTER, certificateAuthority: "/ca.crt" };
  const request = {
    apiVersion: API_VERSION,
    interactive: false,
    cluster: { server: "https://h", cluster },
  };
  const { spec } = JSON.parse(await execInfo(request, HOST));
  assert.equal(spec.cluster["certificate-authority-data"], "Y2E=");
  await assert.rejects(execInfo(request, memoryKubeHost()), {
    name: "KubeconfigError",
    message:
      'Cannot read certificate-authority "/ca.crt" for the exec plugin: no such file or directory',
    field: "certificate-authority",
  });
});
