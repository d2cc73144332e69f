import { strict as assert } from "node:assert";
import { rootCertificates } from "node:tls";
import { publicAuthorities } from "../../src/kube/public_authorities.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const BUNDLE = "/etc/pki/tls/certs/ca-bundle.crt";

Deno.test("publicAuthorities() prefers the file that $SSL_CERT_FILE names", async () => {
  const files = { "/own.pem": "own", [BUNDLE]: "bundle" };
  const env = { SSL_CERT_FILE: "/own.pem" };
  assert.equal(await publicAuthorities(memoryKubeHost({ files, env })), "own");
});

Deno.test("publicAuthorities() refuses to trust others when $SSL_CERT_FILE is not there", async () => {
  const files = { [BUNDLE]: "bundle" };
  const env = { SSL_CERT_FILE: "/own.pem" };
  await assert.rejects(publicAuthorities(memoryKubeHost({ files, env })), {
    name: "HostFileError",
  });
});

Deno.test("publicAuthorities() takes the first file that the system has", async () => {
  const files = { "/etc/ssl/cert.pem": "last", [BUNDLE]: "bundle" };
  assert.equal(await publicAuthorities(memoryKubeHost({ files })), "bundle");
});

Deno.test("publicAuthorities() takes Mozilla's where the system has none", async () => {
  assert.equal(
    await publicAuthorities(memoryKubeHost({})),
    rootCertificates.join("\n"),
  );
});
