import { strict as assert } from "node:assert";
import {
  parseCertificates,
  parseClientCertificate,
} from "../../src/kube/client_certificate.ts";
import { readPkiFixture } from "./kubeconfig_fixture.ts";

/** Certificate, key and the label of the key that comes out. */
const PAIRS: [cert: string, key: string, label: string][] = [
  ["client.crt", "client.key", "PRIVATE KEY"],
  ["client.crt", "client-sec1.key", "EC PRIVATE KEY"],
  ["client.crt", "client-with-parameters.key", "EC PRIVATE KEY"],
  ["rsa.crt", "rsa.key", "PRIVATE KEY"],
  ["rsa.crt", "rsa-pkcs1.key", "RSA PRIVATE KEY"],
  ["ed25519.crt", "ed25519.key", "PRIVATE KEY"],
];

for (const [cert, key, label] of PAIRS) {
  Deno.test(`parseClientCertificate() accepts ${key}`, () => {
    const pair = parseClientCertificate({
      cert: readPkiFixture(cert),
      key: readPkiFixture(key),
    });
    assert.equal(pair.cert, readPkiFixture(cert));
    assert.ok(pair.key.startsWith(`-----BEGIN ${label}-----\n`));
    assert.ok(pair.key.endsWith(`\n-----END ${label}-----\n`));
    assert.ok(readPkiFixture(key).includes(pair.key));
  });
}

Deno.test("parseClientCertificate() takes both out of one text with comments", () => {
  const cert = readPkiFixture("client.crt");
  const key = readPkiFixture("client.key");
  const bundle = `Bag Attributes\n${key}subject=u\n${cert}\n${cert}`;
  const pair = parseClientCertificate({ cert: bundle, key: bundle });
  assert.deepEqual(pair, { cert: cert + cert, key });
});

for (const key of ["rsa-encrypted.key", "rsa-pkcs1-encrypted.key"]) {
  Deno.test(`parseClientCertificate() refuses ${key}`, () => {
    const pem = { cert: readPkiFixture("rsa.crt"), key: readPkiFixture(key) };
    assert.throws(() => parseClientCertificate(pem), {
      name: "PemError",
      part: "key",
      encrypted: true,
      message: "The key is encrypted",
    });
  });
}

Deno.test("parseClientCertificate() refuses another certificate's key", () => {
  const pem = {
    cert: readPkiFixture("rsa.crt"),
    key: readPkiFixture("client.key"),
  };
  assert.throws(() => parseClientCertificate(pem), {
    part: "key",
    encrypted: false,
    message: "The key does not belong to the certificate",
  });
});

Deno.test("parseClientCertificate() refuses what is no key", () => {
  const cert = readPkiFixture("client.crt");
  const rubbish =
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
  const faults = {
    [cert]: "There is no private key in PEM form",
    "": "There is no private key in PEM form",
    [rubbish]: "The key cannot be parsed",
  };
  for (const [key, message] of Object.entries(faults)) {
    assert.throws(() => parseClientCertificate({ cert, key }), {
      name: "PemError",
      part: "key",
      message,
    });
  }
});

Deno.test("parseCertificates() refuses what is no certificate", () => {
  const rubbish =
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const faults = {
    "": "There is no certificate in PEM form",
    [readPkiFixture("client.key")]: "There is no certificate in PEM form",
    [rubbish]: "The certificate cannot be parsed",
  };
  for (const [pem, message] of Object.entries(faults)) {
    assert.throws(() => parseCertificates(pem), {
      name: "PemError",
      part: "certificate",
      message,
    });
  }
});
