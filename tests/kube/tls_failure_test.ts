import { strict as assert } from "node:assert";
import {
  isCertificateFailure,
  tlsFailure,
} from "../../src/kube/tls_failure.ts";
import { fakeConnection } from "../support/fake_connection.ts";

// The two generations of Deno word the same failure differently; the real ones
// are provoked in dial_test.ts, those of the other generation are here.

const CONNECTION = fakeConnection(new URL("https://api.lab.test:6443"), {
  tls: { ca: "PEM" },
});
const now = new Date("2026-01-01T00:00:00Z");

/** An error of the runtime, in its own words. */
function said(text: string): Error {
  return new Error(text);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function problemOf(cause: unknown): string {
  const { message } = tlsFailure(CONNECTION, { cause, now });
  const [problem = ""] = message.split("\n");
  return problem.slice(problem.indexOf(": ") + 2);
}

Deno.test("isCertificateFailure() knows both ways to say it", () => {
  for (
    const cause of [
      coded("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate"),
      coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify"),
      coded("CERT_HAS_EXPIRED", "certificate has expired"),
      coded("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
      coded("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match"),
      said("invalid peer certificate: UnknownIssuer"),
    ]
  ) assert(isCertificateFailure(cause), cause.message);
  assert(!isCertificateFailure(coded("ECONNRESET", "read ECONNRESET")));
});

Deno.test("tlsFailure() reads the names out of either message", () => {
  const names = '"api.test", "10.0.0.1"';
  const expected =
    `its certificate is made out to ${names}, not to "api.lab.test"`;
  assert.equal(
    problemOf(
      coded(
        "ERR_TLS_CERT_ALTNAME_INVALID",
        "Hostname/IP does not match certificate's altnames: Host: api.lab.test. " +
          "is not in the cert's altnames: DNS:api.test, IP Address:10.0.0.1",
      ),
    ),
    expected,
  );
  assert.equal(
    problemOf(
      new Error(
        'invalid peer certificate: certificate not valid for name "api.lab.test"; ' +
          'certificate is only valid for DnsName("api.test") or IpAddress(10.0.0.1)',
      ),
    ),
    expected,
  );
});

Deno.test("tlsFailure() recognises a port without TLS in either message", () => {
  for (
    const cause of [
      coded("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number"),
      said("received corrupt message of type InvalidContentType"),
    ]
  ) assert.equal(problemOf(cause), "it does not speak TLS on this port");
});

Deno.test("tlsFailure() explains an authority that presents itself", () => {
  assert.equal(
    problemOf(said("invalid peer certificate: CaUsedAsEndEntity")),
    "its certificate is that of an authority, made out to itself",
  );
});

Deno.test("tlsFailure() counts a connection that broke as passing", () => {
  for (
    const cause of [
      coded("ECONNRESET", "Client network socket disconnected"),
      Object.assign(said("unexpected end of file"), {
        name: "UnexpectedEof",
      }),
      new Error("The connection was closed"),
      new Error("No answer came in time (10 s)"),
    ]
  ) {
    const failure = tlsFailure(CONNECTION, { cause, now });
    assert.equal(failure.transient, true, cause.message);
    assert(failure.message.endsWith(" (in the TLS handshake)"));
  }
});

Deno.test("tlsFailure() passes on what it does not know", () => {
  const failure = tlsFailure(CONNECTION, {
    cause: said("peer is incompatible: NoCipherSuitesInCommon"),
    now,
  });
  assert.equal(failure.transient, false);
  assert(
    failure.message.endsWith(
      ": the TLS handshake failed: peer is incompatible: NoCipherSuitesInCommon",
    ),
  );
});

Deno.test("tlsFailure() explains a client certificate that the server refuses", () => {
  const failure = tlsFailure(CONNECTION, {
    cause: said("received fatal alert: CertificateRequired"),
    now,
  });
  assert.equal(
    failure.message,
    'Cannot log in to the API server "https://api.lab.test:6443": it wants a ' +
      'client certificate\nRenew the credentials of user "jane" in ' +
      "/home/jane/.kube/config",
  );
});
