import { strict as assert } from "node:assert";
import {
  fixedPod,
  type PodChooser,
  PodProxy,
} from "../../src/kube/pod_proxy.ts";
import type { Transport } from "../../src/http/transport.ts";

const SERVER = new URL("https://api.example:6443/base");

function proxy(api: Transport, chooser: PodChooser = fixedPod("reg:5000")) {
  return new PodProxy(api, { server: SERVER, namespace: "ns", chooser });
}

function status(code: number, message: string): Response {
  const body = { kind: "Status", apiVersion: "v1", code, reason: "", message };
  return Response.json(body, { status: code });
}

/** Chooses the Pods of a list, one after the other. */
function chooserOf(...segments: string[]): PodChooser {
  const left = [...segments];
  return {
    canChange: true,
    choose: () => Promise.resolve(left.shift() ?? "none"),
  };
}

Deno.test("PodProxy sends path and query byte for byte below the Pod", async () => {
  const seen: Request[] = [];
  const { transport } = proxy((request) => {
    seen.push(request);
    return Promise.resolve(new Response("{}"));
  });
  const headers = { authorization: "Bearer x", cookie: "a=b", accept: "x" };
  const path = "/v2/app/blobs/uploads/?mount=sha256:aa&from=b%2Fc";
  const url = `http://registry${path}`;
  const answer = await transport(new Request(url, { method: "POST", headers }));
  await answer.body?.cancel();
  assert.equal(
    seen[0]?.url,
    `https://api.example:6443/base/api/v1/namespaces/ns/pods/reg:5000/proxy${path}`,
  );
  assert.equal(seen[0]?.headers.get("authorization"), null);
  assert.equal(seen[0]?.headers.get("cookie"), null);
  assert.equal(seen[0]?.headers.get("accept"), "x");
});

Deno.test("PodProxy brings Location and Link back into the registry's space", async () => {
  const mount = "/api/v1/namespaces/ns/pods/reg:5000/proxy";
  const { transport } = proxy(() =>
    Promise.resolve(
      new Response(null, {
        status: 202,
        headers: {
          location:
            `http://api.example:6443${mount}/v2/a/blobs/uploads/1?_state=x%3D`,
          link: '</v2/a/tags/list?last=b>; rel="next"',
          "set-cookie": "a=b",
        },
      }),
    )
  );
  const answer = await transport(
    new Request("http://registry/v2/a/blobs/uploads/", { method: "POST" }),
  );
  assert.equal(
    answer.headers.get("location"),
    "/v2/a/blobs/uploads/1?_state=x%3D",
  );
  assert.equal(
    answer.headers.get("link"),
    '</v2/a/tags/list?last=b>; rel="next"',
  );
  assert.equal(answer.headers.get("set-cookie"), null);
});

Deno.test("PodProxy brings the Location of what was made into the registry's space, or drops it", async () => {
  const mount = "/api/v1/namespaces/ns/pods/reg:5000/proxy";
  const path = "/v2/a/manifests/sha256:0";
  const cases: readonly [string, string | null][] = [
    [path, path],
    [`${mount}${path}`, path],
    [`http://api.example:6443${mount}${path}`, path],
    [`https://api.example:6443/base${mount}${path}`, path],
    [`http://10.0.0.7:5000${path}`, path],
    ["/secrets", null],
  ];
  for (const [location, expected] of cases) {
    const { transport } = proxy(() =>
      Promise.resolve(
        new Response(null, { status: 201, headers: { location } }),
      )
    );
    const answer = await transport(
      new Request("http://registry/v2/a/manifests/1", { method: "PUT" }),
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("location"), expected, location);
  }
});

Deno.test("PodProxy throws what the API server says and returns what the registry says", async () => {
  const denied = proxy(() =>
    Promise.resolve(
      status(403, 'User "eve" cannot get resource "pods/proxy" in namespace'),
    )
  );
  await assert.rejects(denied.transport(new Request("http://registry/v2/")), {
    name: "KubernetesError",
    status: 403,
    message: /resourceNames: \["reg:5000"\][^]*name: "eve"/,
  });
  const errors = { errors: [{ code: "BLOB_UNKNOWN" }] };
  const registry = proxy(() =>
    Promise.resolve(Response.json(errors, { status: 404 }))
  );
  const answer = await registry.transport(new Request("http://registry/v2/"));
  assert.equal(answer.status, 404);
  assert.deepEqual(await answer.json(), errors);
});

Deno.test("PodProxy asks again with GET who refused a HEAD", async () => {
  const methods: string[] = [];
  const { transport } = proxy((request) => {
    methods.push(request.method);
    return Promise.resolve(
      request.method === "HEAD"
        ? new Response(null, { status: 403 })
        : status(403, "no"),
    );
  });
  const head = new Request("http://registry/v2/a/blobs/x", { method: "HEAD" });
  await assert.rejects(transport(head), { name: "KubernetesError" });
  assert.deepEqual(methods, ["HEAD", "GET"]);
});

Deno.test("PodProxy names the way out when a registry speaks TLS", async () => {
  const { transport } = proxy(() =>
    Promise.resolve(
      new Response("Client sent an HTTP request to an HTTPS server.\n", {
        status: 400,
      }),
    )
  );
  await assert.rejects(transport(new Request("http://registry/v2/")), {
    message: /Write --registry https:reg:5000$/,
  });
});

Deno.test("PodProxy keeps its Pod, and takes another only when that one is gone", async () => {
  const seen: string[] = [];
  const gone = proxy((request) => {
    seen.push(/pods\/([^/]+)/.exec(request.url)?.[1] ?? "");
    return Promise.resolve(
      request.url.includes("/a/proxy") && seen.length > 2
        ? status(404, 'pods "a" not found')
        : new Response("{}"),
    );
  }, chooserOf("a", "b"));
  for (let count = 0; count < 4; count++) {
    await (await gone.transport(new Request("http://registry/v2/"))).text();
  }
  assert.deepEqual(seen, ["a", "a", "a", "b", "b"]);
});

Deno.test("PodProxy leaves it to the upload to start again in another Pod", async () => {
  const { transport } = proxy(
    () => Promise.resolve(status(404, 'pods "a" not found')),
    chooserOf("a", "b"),
  );
  const chunk = new Request("http://registry/v2/a/blobs/uploads/1", {
    method: "PATCH",
    body: "bytes",
  });
  await assert.rejects(transport(chunk), {
    name: "KubernetesError",
    transient: true,
  });
});

Deno.test("PodProxy keeps how long the API server wants to be left alone", async () => {
  const busy = () => {
    const answer = status(503, "error trying to reach service: EOF");
    answer.headers.set("retry-after", "7");
    return Promise.resolve(answer);
  };
  const chunk = () =>
    new Request("http://registry/v2/a/blobs/uploads/1", {
      method: "PATCH",
      body: "bytes",
    });
  const { transport } = proxy(busy, chooserOf("a", "b"));
  await assert.rejects(transport(chunk()), {
    name: "KubernetesError",
    transient: true,
    retryAfter: 7000,
  });
});

Deno.test("PodProxy closes the answer whose Location it refuses", async () => {
  const cancelled = Promise.withResolvers<void>();
  const { transport } = proxy(() =>
    Promise.resolve(
      new Response(new ReadableStream({ cancel: () => cancelled.resolve() }), {
        status: 202,
        headers: { location: "https://evil.example/else" },
      }),
    )
  );
  const url = "http://registry/v2/a/blobs/uploads/";
  await assert.rejects(transport(new Request(url, { method: "POST" })), {
    name: "LocationError",
  });
  await cancelled.promise;
});

Deno.test("PodProxy expects a Pod that has answered to come back", async () => {
  for (
    const [code, message] of [
      [404, 'pods "reg:5000" not found'],
      [400, "address not allowed"],
    ] as const
  ) {
    const answers = [
      status(code, message),
      new Response("{}"),
      status(code, message),
    ];
    const { transport } = proxy(() =>
      Promise.resolve(answers.shift() ?? new Response("{}"))
    );
    const ask = () => transport(new Request("http://registry/v2/"));
    await assert.rejects(ask(), { status: code, transient: false });
    await (await ask()).body?.cancel();
    await assert.rejects(ask(), { status: code, transient: true });
  }
});
