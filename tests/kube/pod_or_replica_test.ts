import { strict as assert } from "node:assert";
import { podOrReplica } from "../../src/kube/pod_or_replica.ts";

const OPTIONS = {
  server: new URL("https://cluster.test"),
  namespace: "infra",
};

function answering(code: number): { chosen: Promise<string>; paths: string[] } {
  const paths: string[] = [];
  const chooser = podOrReplica("k8scr", (request) => {
    paths.push(new URL(request.url).pathname);
    const status = { kind: "Status", apiVersion: "v1", message: "", code };
    return Promise.resolve(
      code === 200
        ? Response.json({})
        : Response.json(status, { status: code }),
    );
  }, OPTIONS);
  return { chosen: chooser.choose(undefined), paths };
}

Deno.test("podOrReplica() takes the Pod of that name where there is one", async () => {
  const { chosen, paths } = answering(200);
  assert.equal(await chosen, "k8scr");
  assert.deepEqual(paths, ["/api/v1/namespaces/infra/pods/k8scr/proxy/v2/"]);
});

Deno.test("podOrReplica() takes the first Pod of a StatefulSet where there is none", async () => {
  assert.equal(await answering(404).chosen, "k8scr-0");
});

Deno.test("podOrReplica() leaves every other fault to the first request", async () => {
  assert.equal(await answering(403).chosen, "k8scr");
  assert.equal(await answering(503).chosen, "k8scr");
});
