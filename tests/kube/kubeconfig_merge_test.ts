import { strict as assert } from "node:assert";
import { parseKubeconfig } from "../../src/kube/kubeconfig.ts";
import { mergeKubeconfigs } from "../../src/kube/kubeconfig_merge.ts";

Deno.test("mergeKubeconfigs() takes the first entry of a name whole", () => {
  const merged = mergeKubeconfigs([
    parseKubeconfig({
      clusters: [{ name: "cl", cluster: { server: "https://first.example" } }],
      users: [{ name: "u", user: { token: "first" } }],
      contexts: [{ name: "x", context: { cluster: "cl" } }],
    }, "first"),
    parseKubeconfig({
      clusters: [
        {
          name: "cl",
          cluster: {
            server: "https://second.example",
            "tls-server-name": "second.example",
          },
        },
        { name: "cl2", cluster: { server: "https://other.example" } },
      ],
      users: [{ name: "u", user: { username: "second", token: "second" } }],
      contexts: [{ name: "x", context: { user: "u", namespace: "second" } }],
    }, "second"),
  ]);
  assert.deepEqual(merged.files, ["first", "second"]);
  assert.deepEqual([...merged.clusters.keys()], ["cl", "cl2"]);
  assert.equal(merged.clusters.get("cl")?.server, "https://first.example");
  assert.equal(merged.clusters.get("cl")?.tlsServerName, "");
  assert.equal(merged.users.get("u")?.token, "first");
  assert.equal(merged.users.get("u")?.username, "");
  assert.deepEqual(merged.contexts.get("x"), {
    cluster: "cl",
    user: "",
    namespace: "",
  });
});

Deno.test("mergeKubeconfigs() takes the first current context that is set", () => {
  const merged = mergeKubeconfigs([
    parseKubeconfig({}, "a"),
    parseKubeconfig({ "current-context": "b" }, "b"),
    parseKubeconfig({ "current-context": "c" }, "c"),
  ]);
  assert.equal(merged.currentContext, "b");
});

Deno.test("mergeKubeconfigs() of nothing is empty", () => {
  assert.deepEqual(mergeKubeconfigs([]), {
    files: [],
    currentContext: "",
    contexts: new Map(),
    clusters: new Map(),
    users: new Map(),
  });
});
