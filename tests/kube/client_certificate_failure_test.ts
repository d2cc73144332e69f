import { strict as assert } from "node:assert";
import {
  clientCertificateFailure,
  expiredClientCertificate,
  unusableClientCertificate,
} from "../../src/kube/client_certificate_failure.ts";
import { fakeConnection } from "../support/fake_connection.ts";
import { createAuthority } from "../support/pki.ts";

const CONNECTION = fakeConnection(new URL("https://api.lab.test:6443"));
const AUTHORITY = createAuthority("lab authority");
const CERTIFICATE = AUTHORITY.issue("jane", {
  use: "client",
  notBefore: new Date("2020-01-01T00:00:00Z"),
  notAfter: new Date("2030-01-02T03:04:00Z"),
});

/** Signed by `openssl x509 -req` without extensions: version 1. */
const VERSION_1 = `-----BEGIN CERTIFICATE-----
MIIBFjCBvAIUfTcnhXQthRDDDyXA1T1XOBiKVQswCgYIKoZIzj0EAwIwDjEMMAoG
A1UEAwwDb2NhMB4XDTI2MTEyNDA2NTUxMFoXDTM2MTEyMTA2NTUxMFowDTELMAkG
A1UEAwwCZWMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARDLxw6Y+iZQ6r/7Nzj
IHyAVBzOrx+MkXg5MwCZ3NMQTiw45YVr6OpxcX96Yf5/GO7YpUjwnJqqNdr2v6sy
A7K7MAoGCCqGSM49BAMCA0kAMEYCIQD+F+LJK5A5fC+G+zAdZBAwvgAw3V0H2yVS
VD57m3B4agIhAKtZ7V52fPcN4we+zcYvkVnFTTw6KqWkH6yBOJKjO8TQ
-----END CERTIFICATE-----
`;

/** An error of the runtime, in its own words. */
function said(text: string): Error {
  return new Error(text);
}

Deno.test("clientCertificateFailure() knows the alerts about certificates", () => {
  const meanings = {
    CertificateRequired: "it wants a client certificate",
    CertificateExpired: "it refuses the client certificate as expired",
    UnknownCA: "it does not know the authority of the client certificate",
  };
  for (const [alert, meaning] of Object.entries(meanings)) {
    const cause = new Error("Outside", {
      cause: said(`received fatal alert: ${alert}`),
    });
    const failure = clientCertificateFailure(CONNECTION, cause);
    assert.equal(failure?.stage, "tls");
    assert.equal(failure.transient, false);
    assert.equal(
      failure.message,
      `Cannot log in to the API server "https://api.lab.test:6443": ` +
        `${meaning}\nRenew the credentials of user "jane" in ` +
        "/home/jane/.kube/config",
    );
  }
});

Deno.test("clientCertificateFailure() leaves other failures alone", () => {
  for (
    const text of ["read ECONNRESET", "received fatal alert: InternalError"]
  ) {
    const cause = new Error(text);
    assert.equal(clientCertificateFailure(CONNECTION, cause), undefined);
  }
});

Deno.test("expiredClientCertificate() tells only after the end", () => {
  const before = new Date("2030-01-02T03:03:59Z");
  assert.equal(
    expiredClientCertificate(CONNECTION, CERTIFICATE, before),
    undefined,
  );
  const after = new Date("2030-01-02T03:05:00Z");
  const failure = expiredClientCertificate(CONNECTION, CERTIFICATE, after);
  assert.equal(
    failure?.message,
    'Cannot log in to the API server "https://api.lab.test:6443": the client ' +
      'certificate of user "jane" expired on 2030-01-02T03:04Z\n' +
      "Get a new kubeconfig, or check the clock of this computer " +
      "(2030-01-02T03:05Z)",
  );
});

Deno.test("unusableClientCertificate() keeps version 1 from old runtimes only", () => {
  const old = { cert: VERSION_1, key: "" };
  const failure = unusableClientCertificate(CONNECTION, old, "2.6.10");
  assert.match(
    failure?.message ?? "",
    /^Cannot use the client certificate of user "jane": it is an X\.509 version 1 /,
  );
  assert.equal(unusableClientCertificate(CONNECTION, old, "2.9.0"), undefined);
  assert.equal(unusableClientCertificate(CONNECTION, old, "3.0.0"), undefined);
});

Deno.test("unusableClientCertificate() lets version 3 pass", () => {
  for (const runtime of ["2.6.10", "2.9.6"]) {
    assert.equal(
      unusableClientCertificate(CONNECTION, CERTIFICATE, runtime),
      undefined,
    );
  }
});
