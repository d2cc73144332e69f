import { strict as assert } from "node:assert";
import {
  type ExecCredentialResponse,
  parseExecCredential,
} from "../../src/kube/exec_credential_response.ts";
import { readPkiFixture } from "./kubeconfig_fixture.ts";

const API_VERSION = "client.authentication.k8s.io/v1";

function parseText(text: string): ExecCredentialResponse {
  return parseExecCredential(new TextEncoder().encode(text), API_VERSION);
}

function parseStatus(status: unknown): ExecCredentialResponse {
  const credential = {
    apiVersion: API_VERSION,
    kind: "ExecCredential",
    status,
  };
  return parseText(JSON.stringify(credential));
}

Deno.test("parseExecCredential() reads a token and when it expires", () => {
  assert.deepEqual(parseStatus({ token: "t" }), {
    credentials: { authorization: "Bearer t" },
  });
  const times = {
    "2026-01-02T03:04:05Z": Date.UTC(2026, 0, 2, 3, 4, 5),
    "2026-01-02T03:04:05.5+01:00": Date.UTC(2026, 0, 2, 2, 4, 5, 500),
  };
  for (const [expirationTimestamp, expiresAt] of Object.entries(times)) {
    const response = parseStatus({ token: "t", expirationTimestamp });
    assert.equal(response.expiresAt, expiresAt);
  }
  const never = parseStatus({ token: "t", expirationTimestamp: null });
  assert.equal(never.expiresAt, undefined);
});

Deno.test("parseExecCredential() reads a certificate, beside a token or alone", () => {
  const cert = readPkiFixture("client.crt");
  const key = readPkiFixture("client.key");
  const pair = { clientCertificateData: cert, clientKeyData: key };
  assert.deepEqual(parseStatus(pair).credentials, {
    certificate: { cert, key },
  });
  assert.deepEqual(parseStatus({ ...pair, token: "t" }).credentials, {
    authorization: "Bearer t",
    certificate: { cert, key },
  });
});

Deno.test("parseExecCredential() reads YAML as well", () => {
  const text =
    `apiVersion: ${API_VERSION}\nkind: ExecCredential\nstatus:\n  token: t\n`;
  assert.equal(parseText(text).credentials.authorization, "Bearer t");
});

const FAULTY_STATUS: [status: unknown, message: string][] = [
  [undefined, "Exec plugin didn't return a status field"],
  [{}, "Exec plugin didn't return a token or cert/key pair"],
  [
    { clientKeyData: "secret" },
    "Exec plugin returned only certificate or key, not both",
  ],
  [
    { token: "t", clientCertificateData: "secret" },
    "Exec plugin returned only certificate or key, not both",
  ],
  [
    { clientCertificateData: "secret", clientKeyData: "secret" },
    "There is no certificate in PEM form",
  ],
  [{ token: "secret\n" }, "The token has characters that no header may hold"],
  [
    { token: 12345 },
    "status.token is a number, but text is wanted\nWrite the value in quotes",
  ],
  [
    { token: "secret", expirationTimestamp: "tomorrow" },
    "Decoding stdout: status.expirationTimestamp is not an RFC 3339 time",
  ],
  [
    { token: "secret", expirationTimestamp: "2026-13-41T00:00:00Z" },
    "Decoding stdout: status.expirationTimestamp is not an RFC 3339 time",
  ],
];

Deno.test("parseExecCredential() refuses a status without use", () => {
  for (const [status, message] of FAULTY_STATUS) {
    assert.throws(() => parseStatus(status), { message });
  }
});

const FAULTY_OUTPUT: [output: string, message: string][] = [
  ["", "Decoding stdout: it is not an ExecCredential"],
  ["secret", "Decoding stdout: it is not an ExecCredential"],
  ["{}", "Decoding stdout: its kind is not ExecCredential"],
  [
    '{"token":"secret"',
    "The text is not YAML at line 1, column 18 (MISSING_CHAR)",
  ],
  [
    '{"kind":"Secret","apiVersion":"v1"}',
    "Decoding stdout: its kind is not ExecCredential",
  ],
  [
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}}',
    "Exec plugin is configured to use API version client.authentication.k8s.io/v1, plugin returned version client.authentication.k8s.io/v1beta1",
  ],
];

Deno.test("parseExecCredential() refuses other output and does not show it", () => {
  for (const [output, message] of FAULTY_OUTPUT) {
    assert.throws(() => parseText(output), { message }, output);
  }
});
