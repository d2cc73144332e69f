import { Buffer } from "node:buffer";
import {
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  /** The certificate. */
  readonly cert: string;
  /** The key, PKCS #8. */
  readonly key: string;
}

/** Options for {@linkcode Authority.issue}. */
export interface IssueOptions {
  /** Whether it proves a server or a client. */
  readonly use: "server" | "client";
  /** Organisations of the subject: the user's groups in Kubernetes. */
  readonly groups?: readonly string[];
  /** DNS names and IPv4 addresses that a server answers to. */
  readonly names?: readonly string[];
  /** Object identifiers of the policies it was issued under. */
  readonly policies?: readonly string[];
  /** First moment of validity; default: an hour ago. */
  readonly notBefore?: Date;
  /** Last moment of validity; default: in a day. */
  readonly notAfter?: Date;
}

/** A certificate authority that lives as long as the test. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  /** Makes a key and a certificate for it. */
  issue(commonName: string, options: IssueOptions): KeyPair;
}

/** Makes a new certificate authority with an EC P-256 key. */
export function createAuthority(commonName: string): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = distinguishedName(commonName, []);
  const issuer: Issuer = { subject, privateKey: keys.privateKey };
  const cert = certificate({
    issuer,
    subject,
    publicKey: keys.publicKey,
    validity: validity({}),
    extensions: [
      extension("2.5.29.19", sequence(boolean(true)), { critical: true }),
      // keyCertSign and cRLSign are bits 5 and 6.
      extension("2.5.29.15", tlv(0x03, Buffer.from([1, 0x06])), {
        critical: true,
      }),
    ],
  });
  return {
    cert,
    issue: (name, options) => issue(issuer, name, options),
  };
}

interface Issuer {
  readonly subject: Buffer;
  readonly privateKey: KeyObject;
}

function issue(
  issuer: Issuer,
  commonName: string,
  options: IssueOptions,
): KeyPair {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const purpose = options.use === "server"
    ? "1.3.6.1.5.5.7.3.1"
    : "1.3.6.1.5.5.7.3.2";
  const { names = [], policies = [] } = options;
  const cert = certificate({
    issuer,
    subject: distinguishedName(commonName, options.groups ?? []),
    publicKey: keys.publicKey,
    validity: validity(options),
    extensions: [
      // digitalSignature is bit 0.
      extension("2.5.29.15", tlv(0x03, Buffer.from([7, 0x80])), {
        critical: true,
      }),
      extension("2.5.29.37", sequence(objectId(purpose))),
      ...(names.length === 0
        ? []
        : [extension("2.5.29.17", sequence(...names.map(generalName)))]),
      ...(policies.length === 0 ? [] : [
        extension(
          "2.5.29.32",
          sequence(...policies.map((id) => sequence(objectId(id)))),
        ),
      ]),
    ],
  });
  const key = keys.privateKey.export({ type: "pkcs8", format: "pem" });
  return { cert, key: key.toString() };
}

interface CertificateParts {
  readonly issuer: Issuer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly validity: Buffer;
  readonly extensions: readonly Buffer[];
}

/** @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
function certificate(parts: CertificateParts): string {
  const algorithm = sequence(objectId("1.2.840.10045.4.3.2"));
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    algorithm,
    parts.issuer.subject,
    parts.validity,
    parts.subject,
    parts.publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...parts.extensions)),
  );
  const signature = sign("sha256", body, parts.issuer.privateKey);
  return pem(
    "CERTIFICATE",
    sequence(
      body,
      algorithm,
      tlv(0x03, Buffer.concat([Buffer.from([0]), signature])),
    ),
  );
}

function distinguishedName(
  commonName: string,
  groups: readonly string[],
): Buffer {
  const attribute = (id: string, value: string) =>
    tlv(0x31, sequence(objectId(id), tlv(0x0c, Buffer.from(value))));
  return sequence(
    ...groups.map((group) => attribute("2.5.4.10", group)),
    attribute("2.5.4.3", commonName),
  );
}

function validity(options: { notBefore?: Date; notAfter?: Date }): Buffer {
  const hour = 3_600_000;
  const start = options.notBefore ?? new Date(Date.now() - hour);
  const end = options.notAfter ?? new Date(Date.now() + 24 * hour);
  return sequence(utcTime(start), utcTime(end));
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

function generalName(name: string): Buffer {
  return /^\d+(\.\d+){3}$/.test(name)
    ? tlv(0x87, Buffer.from(name.split(".").map(Number)))
    : tlv(0x82, Buffer.from(name));
}

function extension(
  id: string,
  value: Buffer,
  options: { critical?: boolean } = {},
): Buffer {
  const critical = options.critical ? [boolean(true)] : [];
  return sequence(objectId(id), ...critical, tlv(0x04, value));
}

function boolean(value: boolean): Buffer {
  return tlv(0x01, Buffer.from([value ? 0xff : 0]));
}

function sequence(...parts: Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return tlv(0x06, Buffer.from(bytes));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) {
    digits.unshift((rest & 0x7f) | 0x80);
  }
  return digits;
}

function tlv(tag: number, value: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from([tag]),
    length(value.length),
    value,
  ]);
}

function length(value: number): Buffer {
  if (value < 0x80) return Buffer.from([value]);
  if (value < 0x100) return Buffer.from([0x81, value]);
  return Buffer.from([0x82, value >> 8, value & 0xff]);
}

function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return [
    `-----BEGIN ${label}-----`,
    ...lines,
    `-----END ${label}-----`,
    "",
  ].join("\n");
}
