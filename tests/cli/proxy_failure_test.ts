import { strict as assert } from "node:assert";
import { failureAnswer, proxyFailure } from "../../src/cli/proxy_failure.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { ReverseProxyError } from "../../src/http/reverse_proxy_error.ts";
import { LocationError } from "../../src/kube/location_error.ts";
import { PodSelectionError } from "../../src/kube/pod_selection_error.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";

function kubernetesError(
  status: number,
  hop: "server" | "pod" = "server",
  retryAfter?: number,
): KubernetesError {
  return new KubernetesError("Cannot reach the registry\nDo this", {
    status,
    reason: "",
    statusMessage: "",
    hop,
    transient: false,
    ...retryAfter !== undefined && { retryAfter },
  });
}

const BROKEN = new ConnectionError("Cannot send", {
  address: "api.example:443",
  stage: "transfer",
  transient: true,
});

Deno.test("proxyFailure() never says of the API server what only a registry can say", () => {
  for (
    const [error, status, code] of [
      [kubernetesError(401), 403, "DENIED"],
      [kubernetesError(403), 403, "DENIED"],
      [kubernetesError(404), 503, "UNAVAILABLE"],
      [kubernetesError(500), 503, "UNAVAILABLE"],
      [kubernetesError(503, "pod"), 503, "UNAVAILABLE"],
      [kubernetesError(400, "pod"), 503, "UNAVAILABLE"],
      [kubernetesError(400), 502, "UNKNOWN"],
      [kubernetesError(429, "server", 4100), 429, "TOOMANYREQUESTS"],
      [BROKEN, 503, "UNAVAILABLE"],
      [new PodSelectionError("No Pod", true), 503, "UNAVAILABLE"],
      [new LocationError("//evil", "it is bad"), 502, "UNKNOWN"],
      [new ReverseProxyError("Refused", 403), 403, "DENIED"],
      [new ReverseProxyError("Refused", 404), 404, "UNSUPPORTED"],
      [new ReverseProxyError("Ending", 503), 503, "UNAVAILABLE"],
      [new TypeError("A fault"), 502, "UNKNOWN"],
    ] as const
  ) {
    const failure = proxyFailure(error);
    assert.deepEqual(
      [failure.status, failure.code],
      [status, code],
      `${error}`,
    );
  }
});

Deno.test("proxyFailure() names the hop, as errors of commands do", () => {
  assert.equal(
    proxyFailure(kubernetesError(403)).text,
    "error from the API server: Cannot reach the registry\nDo this",
  );
  assert.match(
    proxyFailure(BROKEN).text,
    /^error on the way to the API server:/,
  );
  assert.equal(
    proxyFailure(new ReverseProxyError("Refused", 403)).text,
    "Refused",
  );
});

Deno.test("failureAnswer() is an error document of a registry", async () => {
  const answer = failureAnswer(
    proxyFailure(kubernetesError(429, "server", 4100)),
  );
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get("retry-after"), "5");
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.deepEqual(await answer.json(), {
    errors: [{
      code: "TOOMANYREQUESTS",
      message: "error from the API server: Cannot reach the registry",
    }],
  });
});
