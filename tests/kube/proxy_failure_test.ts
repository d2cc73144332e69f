import { strict as assert } from "node:assert";
import { explainStatus } from "../../src/kube/proxy_failure.ts";

const WAY = "error trying to reach service: ";

Deno.test("explainStatus() tells the way to the Pod from the API server", () => {
  const table: readonly [number, string, RegExp, "pod" | "server", boolean][] =
    [
      [
        503,
        `${WAY}dial tcp 10.0.0.7:5001: connect: connection refused`,
        /nothing listens/,
        "pod",
        true,
      ],
      [503, `${WAY}EOF`, /broke \(EOF\)/, "pod", true],
      [
        503,
        `${WAY}http: server gave HTTP response to HTTPS client`,
        /plain HTTP/,
        "pod",
        false,
      ],
      [
        503,
        `${WAY}tls: first record does not look like a TLS handshake`,
        /plain HTTP/,
        "pod",
        false,
      ],
      [503, `${WAY}dial tcp: i/o timeout`, /NetworkPolicies/, "pod", true],
      [503, `${WAY}No agent available`, /Konnectivity/, "pod", true],
      [400, "address not allowed", /no address yet/, "pod", false],
      [401, "Unauthorized", /401 Unauthorized/, "server", false],
      [403, "pods is forbidden", /pods is forbidden/, "server", false],
      [404, 'pods "x" not found', /kubectl get pods/, "server", false],
      [429, "slow down", /slow down/, "server", true],
      [
        500,
        "This request caused apiserver to panic. Look",
        /must be a number/,
        "server",
        false,
      ],
    ];
  for (const [code, message, pattern, hop, transient] of table) {
    const error = explainStatus({ code, reason: "", message }, "reach it");
    assert.match(error.message, pattern);
    assert.match(error.message, /^Cannot reach it: /);
    assert.deepEqual([error.hop, error.transient], [hop, transient], message);
  }
});
