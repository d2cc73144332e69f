import { strict as assert } from "node:assert";
import { podOrReplica } from "../../src/kube/pod_or_replica.ts";
import { PodProxy } from "../../src/kube/pod_proxy.ts";

const OPTIONS = {
  server: new URL("https://cluster.test"),
  namespace: "infra",
};

/** What the API server answers of each Pod. */
interface Codes {
  readonly pod: number;
  readonly replica?: number;
}

function scene({ pod, replica = 200 }: Codes) {
  const paths: string[] = [];
  const api = (request: Request) => {
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    const code = pathname.includes("/k8scr-0/") ? replica : pod;
    const message = 'User "eve" cannot get resource "pods/proxy"';
    const status = { kind: "Status", apiVersion: "v1", message, code };
    return Promise.resolve(
      code === 200
        ? Response.json({})
        : Response.json(status, { status: code }),
    );
  };
  return { chooser: podOrReplica("k8scr", api, OPTIONS), paths, api };
}

function chosen(codes: Codes): Promise<string> {
  return scene(codes).chooser.choose(undefined);
}

Deno.test("podOrReplica() takes the Pod of that name where there is one", async () => {
  const { chooser, paths } = scene({ pod: 200 });
  assert.equal(await chooser.choose(undefined), "k8scr");
  assert.deepEqual(paths, ["/api/v1/namespaces/infra/pods/k8scr/proxy/v2/"]);
});

Deno.test("podOrReplica() takes the first Pod of a StatefulSet where there is none", async () => {
  assert.equal(await chosen({ pod: 404 }), "k8scr-0");
  assert.equal(await chosen({ pod: 404, replica: 403 }), "k8scr-0");
});

Deno.test("podOrReplica() takes the Pod that is allowed", async () => {
  assert.equal(await chosen({ pod: 403 }), "k8scr-0");
  assert.equal(await chosen({ pod: 403, replica: 503 }), "k8scr-0");
  assert.equal(await chosen({ pod: 403, replica: 403 }), "k8scr");
  assert.equal(await chosen({ pod: 403, replica: 404 }), "k8scr");
});

Deno.test("podOrReplica() leaves every other fault to the first request", async () => {
  assert.equal(await chosen({ pod: 401 }), "k8scr");
  assert.equal(await chosen({ pod: 503 }), "k8scr");
});

Deno.test("podOrReplica() has a Role name both Pods, for either may be tried", async () => {
  for (const pod of [403, 404]) {
    const { chooser, api } = scene({ pod, replica: 403 });
    const { transport } = new PodProxy(api, { ...OPTIONS, chooser });
    await assert.rejects(transport(new Request("http://registry/v2/")), {
      status: 403,
      message: /resourceNames: \["k8scr", "k8scr-0"\]/,
    });
  }
});
