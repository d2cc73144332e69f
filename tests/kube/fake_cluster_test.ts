import { strict as assert } from "node:assert";
import { clusterTransport } from "../../src/kube/cluster_transport.ts";
import { fixedPod, PodProxy } from "../../src/kube/pod_proxy.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import {
  FAKE_TOKEN,
  FAKE_USER,
  type FakeCluster,
  startFakeCluster,
} from "../support/fake_cluster.ts";
import {
  fakeConnection,
  type FakeConnectionOptions,
} from "../support/fake_connection.ts";
import { SEES_CLIENT_CERTIFICATES } from "../support/fake_tls_front.ts";

// The stand-in for the API server, the transport and the Pod proxy together.

type Send = (path: string, init?: RequestInit) => Promise<Response>;

interface Lab {
  readonly cluster: FakeCluster;
  /** Makes a client for a Pod. */
  client(segment?: string, options?: FakeConnectionOptions): Send;
}

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  const registry = await startRegistryServer({ dataDir });
  await using cluster = await startFakeCluster({
    pods: { "reg:5000": registry.url },
    namespace: "infra",
  });
  const open: Disposable[] = [];
  const client: Lab["client"] = (segment = "reg:5000", options = {}) => {
    const transport = clusterTransport(
      fakeConnection(cluster.url, {
        tls: { ca: cluster.ca },
        credentials: () => ({ certificate: cluster.client }),
        ...options,
      }),
    );
    open.push({ [Symbol.dispose]: () => transport.close() });
    const proxy = new PodProxy(transport.transport, {
      server: cluster.url,
      namespace: "infra",
      chooser: fixedPod(segment),
    });
    return (path, init) =>
      proxy.transport(new Request(`http://registry${path}`, init));
  };
  try {
    await work({ cluster, client });
  } finally {
    for (const disposable of open) disposable[Symbol.dispose]();
    await registry.shutdown();
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function refusalOf(sent: Promise<Response>): Promise<KubernetesError> {
  const reason: unknown = await sent.catch((reason: unknown) => reason);
  assert(reason instanceof KubernetesError, String(reason));
  return reason;
}

const DIGEST =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

Deno.test("startFakeCluster() carries a push through the Pod proxy", async () => {
  await withLab(async ({ cluster, client }) => {
    const send = client();
    const started = await send("/v2/app/blobs/uploads/", { method: "POST" });
    assert.equal(started.status, 202);
    const session = started.headers.get("location") ?? "";
    assert(session.startsWith("/v2/app/blobs/uploads/"), session);
    const question = session.includes("?") ? "&" : "?";
    const finished = await send(`${session}${question}digest=${DIGEST}`, {
      method: "PUT",
      body: "hello",
      headers: {
        "content-length": "5",
        "content-type": "application/octet-stream",
      },
    });
    assert.equal(finished.status, 201);
    const blob = await send(`/v2/app/blobs/${DIGEST}`);
    assert.equal(await blob.text(), "hello");
    const users = cluster.requests.map(({ user }) => user);
    assert.deepEqual(users, [FAKE_USER, FAKE_USER, FAKE_USER]);
  });
});

Deno.test("startFakeCluster() takes a token in place of a certificate", async () => {
  await withLab(async ({ client }) => {
    const login = (authorization: string): Send =>
      client("reg:5000", { credentials: () => ({ authorization }) });
    const answer = await login(`Bearer ${FAKE_TOKEN}`)("/v2/");
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
    const refusal = await refusalOf(login("Bearer wrong")("/v2/"));
    assert.equal(refusal.status, 401);
  });
});

Deno.test({
  name: "startFakeCluster() knows users by their certificates",
  ignore: !SEES_CLIENT_CERTIFICATES,
  async fn() {
    await withLab(async ({ cluster, client }) => {
      const nobody = cluster.issue("nobody");
      const denied = await refusalOf(
        client("reg:5000", { credentials: () => ({ certificate: nobody }) })(
          "/v2/",
        ),
      );
      assert.equal(denied.status, 403);
      assert.match(denied.message, /resourceNames: \["reg:5000"\]/);
      assert.match(denied.message, /name: "nobody"/);
      const anonymous = client("reg:5000", { credentials: () => ({}) });
      assert.equal((await refusalOf(anonymous("/v2/"))).status, 401);
    });
  },
});

Deno.test("startFakeCluster() refuses Pods as the API server does", async () => {
  await withLab(async ({ client }) => {
    const absent = await refusalOf(client("other")("/v2/"));
    assert.equal(absent.status, 404);
    assert.equal(absent.statusMessage, 'pods "other" not found');
    const closed = await refusalOf(client("reg:5001")("/v2/"));
    assert.equal(closed.status, 503);
    assert.equal(closed.hop, "pod");
    assert.equal(closed.transient, true);
    const plain = await refusalOf(client("https:reg:5000")("/v2/"));
    assert.equal(plain.hop, "pod");
    assert.equal(plain.transient, false);
  });
});

Deno.test("startFakeCluster() fails where it is told to", async () => {
  await withLab(async ({ cluster, client }) => {
    const send = client();
    cluster.failNext(/^GET .*\/v2\/$/, {
      code: 503,
      reason: "ServiceUnavailable",
      message: "error trying to reach service: EOF",
    });
    assert.equal((await refusalOf(send("/v2/"))).transient, true);
    cluster.failNext(/^GET .*\/v2\/$/, new Response("big", { status: 413 }));
    assert.equal(await (await send("/v2/")).text(), "big");
    cluster.failNext(/^PUT /, "drop");
    await assert.rejects(
      send("/v2/app/manifests/a", { method: "PUT" }),
      { name: "ConnectionError", stage: "transfer", transient: true },
    );
    const answer = await send("/v2/");
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  });
});

Deno.test("startFakeCluster() writes a kubeconfig", async () => {
  await withLab(({ cluster }) => {
    const text = cluster.kubeconfig();
    assert.match(
      text,
      new RegExp(`server: https://localhost:${cluster.url.port}`),
    );
    assert.match(text, /client-key-data: /);
    assert.match(
      cluster.kubeconfig("token"),
      new RegExp(`token: ${FAKE_TOKEN}`),
    );
    return Promise.resolve();
  });
});
