import { strict as assert } from "node:assert";
import { ConnectionError } from "../../src/http/connection_error.ts";
import type { Transport } from "../../src/http/transport.ts";
import { KubeApi } from "../../src/kube/kube_api.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";

const SERVER = new URL("https://api.lab.test:6443/k8s/c-1");

function api(transport: Transport, requestTimeout?: number): KubeApi {
  return new KubeApi(transport, {
    server: SERVER,
    ...(requestTimeout === undefined ? {} : { requestTimeout }),
  });
}

function answers(body: string, init?: ResponseInit): Transport {
  return () => Promise.resolve(new Response(body, init));
}

async function refusalOf(transport: Transport): Promise<KubernetesError> {
  const reason: unknown = await api(transport).get("/api/v1/pods")
    .catch((reason: unknown) => reason);
  assert(reason instanceof KubernetesError, String(reason));
  return reason;
}

Deno.test("KubeApi.get() asks below the base path and parses the answer", async () => {
  const asked: Request[] = [];
  const object = await api((request) => {
    asked.push(request);
    return Promise.resolve(Response.json({ kind: "PodList" }));
  }).get("/api/v1/namespaces/ns/pods", { labelSelector: "a=b,c in (d,e)" });
  assert.deepEqual(object, { kind: "PodList" });
  assert.equal(
    asked[0]?.url,
    "https://api.lab.test:6443/k8s/c-1/api/v1/namespaces/ns/pods" +
      "?labelSelector=a%3Db%2Cc+in+%28d%2Ce%29",
  );
  assert.equal(asked[0]?.headers.get("accept"), "application/json");
});

Deno.test("KubeApi.get() throws what the API server says", async () => {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    code: 403,
    reason: "Forbidden",
    message: 'pods is forbidden: User "jane" cannot list resource "pods"',
  };
  const refusal = await refusalOf(
    answers(JSON.stringify(status), { status: 403 }),
  );
  assert.equal(refusal.status, 403);
  assert.equal(refusal.reason, "Forbidden");
  assert.equal(refusal.hop, "server");
  assert.equal(refusal.transient, false);
  assert(refusal.message.startsWith("Cannot read /api/v1/pods: "));
});

Deno.test("KubeApi.get() takes a gateway's answer for a passing failure", async () => {
  const refusal = await refusalOf(
    answers("<html>Bad Gateway</html>", { status: 502 }),
  );
  assert.equal(refusal.status, 502);
  assert.equal(refusal.transient, true);
});

Deno.test("KubeApi.get() says so when something else answers", async () => {
  const refusal = await refusalOf(answers("<html>Welcome</html>"));
  assert.equal(
    refusal.message,
    "Cannot read /api/v1/pods: what answered is no API server\n" +
      'Check "server" in the kubeconfig',
  );
  assert.equal(refusal.transient, false);
});

Deno.test("KubeApi.get() keeps to --request-timeout", async () => {
  const never: Transport = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const reason: unknown = await api(never, 5).get("/api/v1/pods")
    .catch((reason: unknown) => reason);
  assert(reason instanceof ConnectionError);
  assert.equal(reason.address, "api.lab.test:6443");
  assert.equal(reason.transient, true);
  assert.equal(
    reason.message,
    "Cannot read /api/v1/pods: the API server did not answer within 0.005 " +
      "seconds\nGive it longer: --request-timeout",
  );
});

Deno.test("KubeApi.create() posts an object", async () => {
  const asked: Request[] = [];
  const object = await api((request) => {
    asked.push(request);
    return Promise.resolve(Response.json({ made: true }, { status: 201 }));
  }).create("/api/v1/namespaces", { kind: "Namespace" });
  assert.deepEqual(object, { made: true });
  assert.equal(asked[0]?.method, "POST");
  assert.equal(asked[0]?.headers.get("content-type"), "application/json");
  assert.deepEqual(await asked[0]?.json(), { kind: "Namespace" });
});

Deno.test("KubeApi.apply() takes the fields over under its own name", async () => {
  const asked: Request[] = [];
  const transport: Transport = (request) => {
    asked.push(request);
    return Promise.resolve(Response.json({}));
  };
  await api(transport).apply("/api/v1/namespaces/a", { kind: "Namespace" });
  await api(transport).apply("/api/v1/namespaces/a", {}, { dryRun: true });
  assert.equal(asked[0]?.method, "PATCH");
  assert.equal(
    asked[0]?.headers.get("content-type"),
    "application/apply-patch+yaml",
  );
  assert.equal(
    new URL(asked[0]?.url ?? "").search,
    "?fieldManager=k8scr&force=true",
  );
  assert.match(asked[1]?.url ?? "", /&dryRun=All$/);
});

Deno.test("KubeApi.remove() tells whether the object was there", async () => {
  assert.equal(await api(answers("{}")).remove("/api/v1/namespaces/a"), true);
  const gone = { kind: "Status", code: 404, reason: "NotFound", message: "" };
  const body = JSON.stringify(gone);
  assert.equal(
    await api(answers(body, { status: 404 })).remove("/api/v1/namespaces/a"),
    false,
  );
  const denied = JSON.stringify({ ...gone, code: 403, reason: "Forbidden" });
  await assert.rejects(
    api(answers(denied, { status: 403 })).remove("/api/v1/namespaces/a"),
    { name: "KubernetesError", message: /^Cannot delete / },
  );
});
