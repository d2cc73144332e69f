import { strict as assert } from "node:assert";
import { registryCalls } from "../../src/cli/proxy_transport.ts";
import { ReverseProxyError } from "../../src/http/reverse_proxy_error.ts";
import type { Transport } from "../../src/http/transport.ts";
import { fixedPod, PodProxy } from "../../src/kube/pod_proxy.ts";

const SERVER = new URL("https://api.example:6443/k8s/clusters/a");
const PREFIX = "/api/v1/namespaces/infra/pods/reg:5000/proxy";

/** The transport to a registry that gives one answer. */
function registry(
  answer: (request: Request) => Response,
): Transport {
  const api: Transport = (request) => Promise.resolve(answer(request));
  const pod = new PodProxy(api, {
    server: SERVER,
    namespace: "infra",
    chooser: fixedPod("reg:5000"),
  });
  return registryCalls(pod.transport);
}

function request(
  path: string,
  init: RequestInit = {},
): Request {
  return new Request(`http://127.0.0.1:5000${path}`, init);
}

Deno.test("registryCalls() goes to the Pod with the headers that a registry knows", async () => {
  let seen: Request | undefined;
  const send = registry((request) => {
    seen = request;
    return new Response("{}");
  });
  const headers = {
    "accept": "application/json",
    "content-range": "0-1",
    "content-type": "application/octet-stream",
    "docker-upload-uuid": "1",
    "if-none-match": '"a"',
    "oci-tag": "b",
    "range": "bytes=0-1",
    "user-agent": "docker/29",
    // None of these may speak for the owner of the kubeconfig, or hide the hop.
    "accept-encoding": "gzip",
    "authorization": "Bearer secret",
    "audit-id": "1",
    "impersonate-user": "admin",
    "x-forwarded-for": "10.0.0.1",
    "x-remote-user": "admin",
  };
  const answer = await send(request("/v2/a/b?n=1", { headers }));
  assert.equal(await answer.text(), "{}");
  assert.equal(
    seen?.url,
    `https://api.example:6443/k8s/clusters/a${PREFIX}/v2/a/b?n=1`,
  );
  assert.deepEqual([...seen?.headers ?? []].map(([name]) => name), [
    "accept",
    "content-range",
    "content-type",
    "docker-upload-uuid",
    "if-none-match",
    "oci-tag",
    "range",
    "user-agent",
  ]);
});

Deno.test("registryCalls() lets nothing through but the registry's API", async () => {
  const send = registry(() => assert.fail("it was sent"));
  for (const path of ["/", "/metrics", "/v1/", "/v2x", "/debug/v2/"]) {
    await assert.rejects(send(request(path)), (error) => {
      assert.ok(error instanceof ReverseProxyError);
      assert.equal(error.status, 404);
      return true;
    });
  }
});

Deno.test("registryCalls() tells of a login in its own words", async () => {
  const send = registry(() =>
    Response.json({ errors: [{ code: "UNAUTHORIZED" }] }, {
      status: 401,
      headers: { "www-authenticate": 'Bearer realm="http://10.0.0.7/token"' },
    })
  );
  await assert.rejects(send(request("/v2/")), (error) => {
    assert.ok(error instanceof ReverseProxyError);
    assert.equal(error.status, 403);
    assert.match(error.message, /wants a login/);
    return true;
  });
});

Deno.test("registryCalls() gives errors of the registry back as they are", async () => {
  const text = '{"errors":[{"code":"NAME_UNKNOWN","message":"x"}]}';
  const send = registry(() => new Response(text, { status: 404 }));
  const answer = await send(request("/v2/a/tags/list"));
  assert.equal(answer.status, 404);
  assert.equal(await answer.text(), text);
});
