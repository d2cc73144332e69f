import {
  createPrivateKey,
  createPublicKey,
  X509Certificate,
} from "node:crypto";
import type { ClientCertificate } from "./connection.ts";

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;
const PRIVATE_KEY =
  /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/;

/** Options for {@linkcode PemError}. */
export interface PemErrorOptions extends ErrorOptions {
  /** Which of the two is at fault. */
  readonly part: "certificate" | "key";
  /** Whether the key is fine but for its encryption. */
  readonly encrypted?: boolean;
}

/** A certificate or a key is not what can be used. */
export class PemError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "PemError";
  /** Which of the two is at fault. */
  readonly part: "certificate" | "key";
  /** Whether the key is fine but for its encryption. */
  readonly encrypted: boolean;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: PemErrorOptions) {
    super(message, options);
    this.part = options.part;
    this.encrypted = options.encrypted ?? false;
  }
}

/**
 * Takes the certificates and the key out of their PEM texts, which may hold
 * both and comments between them, and checks that they belong together.
 *
 * @throws {PemError} when one of them is missing, damaged or encrypted, or when
 *   the key is another certificate's
 */
export function parseClientCertificate(
  pem: ClientCertificate,
): ClientCertificate {
  const cert = parseCertificates(pem.cert);
  const key = parsePrivateKey(pem.key);
  if (!belongTogether(cert, key)) {
    throw new PemError("The key does not belong to the certificate", {
      part: "key",
    });
  }
  return { cert, key };
}

/**
 * Takes all certificates out of a PEM text and parses the first one.
 *
 * @throws {PemError} when there is none or it cannot be parsed
 */
export function parseCertificates(pem: string): string {
  const blocks = pem.match(CERTIFICATE) ?? [];
  const [first] = blocks;
  if (first === undefined) {
    throw new PemError("There is no certificate in PEM form", {
      part: "certificate",
    });
  }
  try {
    new X509Certificate(first);
  } catch (cause) {
    throw new PemError("The certificate cannot be parsed", {
      part: "certificate",
      cause,
    });
  }
  return blocks.join("\n") + "\n";
}

function parsePrivateKey(pem: string): string {
  const [block, label = "", body = ""] = PRIVATE_KEY.exec(pem) ?? [];
  if (block === undefined) {
    throw new PemError("There is no private key in PEM form", { part: "key" });
  }
  // PKCS#8 says so in the label, PKCS#1 and SEC1 in a header.
  if (label.startsWith("ENCRYPTED") || /^Proc-Type:.*ENCRYPTED/m.test(body)) {
    throw new PemError("The key is encrypted", {
      part: "key",
      encrypted: true,
    });
  }
  if (!isDerSequence(body)) {
    throw new PemError("The key cannot be parsed", { part: "key" });
  }
  return block + "\n";
}

/** Every form of key is one ASN.1 sequence, whatever its algorithm. */
function isDerSequence(base64: string): boolean {
  try {
    const der = Uint8Array.fromBase64(base64);
    return der[0] === 0x30 && der.length > 2;
  } catch {
    return false;
  }
}

/**
 * An algorithm that the runtime cannot compare, as P-521 in Deno 2.6, passes:
 * the handshake decides.
 */
function belongTogether(cert: string, key: string): boolean {
  try {
    const certified = new X509Certificate(cert).publicKey;
    const own = createPublicKey(createPrivateKey(key));
    const spki = { type: "spki", format: "pem" } as const;
    return certified.export(spki) === own.export(spki);
  } catch {
    return true;
  }
}
