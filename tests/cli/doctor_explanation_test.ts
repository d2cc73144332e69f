import { strict as assert } from "node:assert";
import { explainFailure } from "../../src/cli/doctor_explanation.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { KubeconfigError } from "../../src/kube/kubeconfig_error.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";
import { RegistryError } from "../../src/registry/registry_error.ts";

Deno.test("explainFailure() has the words of any other command, without the hop", () => {
  const error = new ConnectionError("Cannot reach it: refused\nCheck it", {
    address: "api:443",
    stage: "connect",
    transient: true,
  });
  assert.deepEqual(explainFailure(error), {
    text: "Cannot reach it: refused",
    advice: "Check it",
    fault: "unreachable",
  });
});

Deno.test("explainFailure() tells whose fault it is", () => {
  const denied = new KubernetesError("Cannot: no", {
    status: 403,
    reason: "Forbidden",
    statusMessage: "no",
    hop: "server",
    transient: false,
  });
  const errors: [unknown, string][] = [
    [new KubeconfigError("Cannot use it"), "input"],
    [denied, "forbidden"],
    [new TypeError("A bug"), "other"],
  ];
  for (const [error, fault] of errors) {
    assert.equal(explainFailure(error).fault, fault);
  }
});

Deno.test("explainFailure() leaves a message alone that only looks like a hop", () => {
  const error = new Error('Cannot read "error: x": broken');
  assert.equal(explainFailure(error).text, 'Cannot read "error: x": broken');
});

Deno.test("explainFailure() says that a push is more patient with a 429", () => {
  const busy = new RegistryError("Cannot start an upload: 429", {
    method: "POST",
    path: "/v2/a/blobs/uploads/",
    status: 429,
    transient: true,
  });
  assert.match(
    explainFailure(busy).advice ?? "",
    /^A push waits and tries again/,
  );
});
