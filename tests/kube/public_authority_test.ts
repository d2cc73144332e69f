import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { isPublicInPlaceOfPrivate } from "../../src/kube/public_authority.ts";
import { createAuthority } from "../support/pki.ts";

/** "Domain validated", which every public authority writes into certificates. */
const DOMAIN_VALIDATED = "2.23.140.1.2.1";

const LAB = createAuthority("lab authority");
const PUBLIC = createAuthority("public authority");

function der(pem: string): Uint8Array {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, "");
  return Uint8Array.fromBase64(base64);
}

const PUBLISHED = der(
  PUBLIC.issue("api.lab.test", {
    use: "server",
    names: ["api.lab.test"],
    policies: [DOMAIN_VALIDATED],
  }).cert,
);

Deno.test("isPublicInPlaceOfPrivate() refuses what another, public authority issued", () => {
  assert(isPublicInPlaceOfPrivate(PUBLISHED, LAB.cert));
});

Deno.test("isPublicInPlaceOfPrivate() leaves private certificates alone", () => {
  const names = ["api.lab.test"];
  const plain = LAB.issue("api.lab.test", { use: "server", names });
  assert(!isPublicInPlaceOfPrivate(der(plain.cert), LAB.cert));
  const policies = ["1.3.6.1.4.1.99999.1"];
  const own = LAB.issue("api.lab.test", { use: "server", names, policies });
  assert(!isPublicInPlaceOfPrivate(der(own.cert), LAB.cert));
});

Deno.test("isPublicInPlaceOfPrivate() accepts an issuer that the kubeconfig names", () => {
  const ca = `# bundle\n${LAB.cert}${PUBLIC.cert}`;
  assert(!isPublicInPlaceOfPrivate(PUBLISHED, ca));
});

Deno.test("isPublicInPlaceOfPrivate() accepts a public root that the kubeconfig names", () => {
  const [root = ""] = rootCertificates;
  assert(new X509Certificate(root).ca);
  assert(!isPublicInPlaceOfPrivate(PUBLISHED, root.replaceAll("\n", "\r\n")));
});
