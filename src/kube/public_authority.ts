import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

/**
 * The policies of the CA/Browser Forum, 2.23.140.1, in DER: a certificate that
 * a public authority issued names one of them.
 *
 * @see https://cabforum.org/working-groups/server/baseline-requirements/requirements/#7161-reserved-certificate-policy-identifiers
 */
const PUBLIC_POLICY = Buffer.from([0x67, 0x81, 0x0c, 0x01]);

const PEM_CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Tells whether a server's certificate comes from a public authority, though
 * the kubeconfig names private ones. Deno 2.6 adds the named authorities to the
 * public ones, where kubectl trusts nobody else: any public authority could
 * vouch for the API server.
 *
 * @param der the server's certificate
 * @param ca the authorities of the kubeconfig, PEM
 */
export function isPublicInPlaceOfPrivate(
  der: Uint8Array,
  ca: string,
): boolean {
  const certificate = Buffer.from(der);
  if (!certificate.includes(PUBLIC_POLICY)) return false;
  const named = ca.match(PEM_CERTIFICATE) ?? [];
  const roots = new Set(rootCertificates.map(withoutSpace));
  if (named.some((pem) => roots.has(withoutSpace(pem)))) return false;
  // The kubeconfig may also name the issuing authority itself.
  const { issuer } = new X509Certificate(certificate);
  return !named.some((pem) => new X509Certificate(pem).subject === issuer);
}

function withoutSpace(pem: string): string {
  return pem.replace(/\s/g, "");
}
