import { strict as assert } from "node:assert";
import { selectContext } from "../../src/kube/context_selection.ts";
import {
  type KubeCluster,
  parseKubeconfig,
} from "../../src/kube/kubeconfig.ts";
import { tlsSettings } from "../../src/kube/tls_settings.ts";
import { readPkiFixture } from "./kubeconfig_fixture.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const CA = readPkiFixture("client.crt");
const HOST = memoryKubeHost({ files: { "/ca.crt": CA, "/empty": "" } });

function settings(
  cluster: Partial<KubeCluster>,
  host = HOST,
): ReturnType<typeof tlsSettings> {
  const selection = selectContext(parseKubeconfig({}, "f"), {});
  const changed = { ...selection.cluster, ...cluster };
  const named = { ...selection, clusterName: "cl", cluster: changed };
  return tlsSettings(named, host);
}

Deno.test("tlsSettings() takes the system's authorities where none is given", async () => {
  const files = { "/etc/ssl/cert.pem": CA };
  const host = memoryKubeHost({ files });
  assert.deepEqual(await settings({}, host), { insecure: false, ca: CA });
});

Deno.test("tlsSettings() names $SSL_CERT_FILE when that cannot be read", async () => {
  const host = memoryKubeHost({ env: { SSL_CERT_FILE: "/absent" } });
  await assert.rejects(settings({}, host), {
    name: "KubeconfigError",
    message: /from \$SSL_CERT_FILE: .*no such file/s,
  });
});

Deno.test("tlsSettings() takes authorities from data or a file", async () => {
  const expected = { insecure: false, ca: CA };
  assert.deepEqual(await settings({ certificateAuthorityData: CA }), expected);
  assert.deepEqual(
    await settings({ certificateAuthority: "/ca.crt" }),
    expected,
  );
});

Deno.test("tlsSettings() takes the name and the insecure setting", async () => {
  assert.deepEqual(
    await settings({
      tlsServerName: "n.example",
      insecureSkipTlsVerify: true,
    }),
    { insecure: true, serverName: "n.example" },
  );
});

Deno.test("tlsSettings() refuses an authority beside the insecure setting", async () => {
  const cluster = { certificateAuthorityData: CA, insecureSkipTlsVerify: true };
  await assert.rejects(settings(cluster), {
    name: "KubeconfigError",
    message:
      'Cannot use kubeconfig "f": specifying a root certificates file with the insecure flag is not allowed',
    field: "insecure-skip-tls-verify",
  });
});

Deno.test("tlsSettings() refuses a file without a certificate", async () => {
  await assert.rejects(settings({ certificateAuthority: "/empty" }), {
    message:
      'Cannot use kubeconfig "f": unable to load root certificates of cluster "cl" from /empty: there is no certificate in PEM form',
    field: "certificate-authority",
  });
  await assert.rejects(settings({ certificateAuthorityData: "x" }), {
    message:
      'Cannot use kubeconfig "f": unable to load root certificates of cluster "cl" from certificate-authority-data: there is no certificate in PEM form',
    field: "certificate-authority-data",
  });
  await assert.rejects(settings({ certificateAuthority: "/gone" }), {
    message:
      'Cannot use kubeconfig "f": unable to load root certificates of cluster "cl" from /gone: no such file or directory',
  });
});
