import { strict as assert } from "node:assert";
import { completeKubeconfig } from "../../src/cli/complete_kubeconfig.ts";
import { FakeIo } from "./fake_io.ts";

const host = new FakeIo().kubeHost({ stdinTaken: true });

async function namesIn(
  kubeconfig: string,
  kind: Parameters<typeof completeKubeconfig>[0],
): Promise<readonly string[]> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, kubeconfig);
    return await completeKubeconfig(kind, { kubeconfig: path }, host);
  } finally {
    await Deno.remove(path);
  }
}

const TWO = `
contexts:
- { name: b, context: { cluster: c, user: u, namespace: infra } }
- { name: a, context: { cluster: c, user: u, namespace: infra } }
clusters:
- { name: c, cluster: { server: "https://127.0.0.1:1" } }
users:
- { name: u, user: {} }
`;

Deno.test("completeKubeconfig() sorts the names", async () => {
  assert.deepEqual(await namesIn(TWO, "contexts"), ["a", "b"]);
  assert.deepEqual(await namesIn(TWO, "clusters"), ["c"]);
  assert.deepEqual(await namesIn(TWO, "users"), ["u"]);
});

Deno.test("completeKubeconfig() knows the default namespace and those named", async () => {
  assert.deepEqual(await namesIn(TWO, "namespaces"), ["default", "infra"]);
  assert.deepEqual(await namesIn("{}", "namespaces"), ["default"]);
});

Deno.test("completeKubeconfig() has no names where there is no kubeconfig", async () => {
  assert.deepEqual(await namesIn("contexts: 7", "contexts"), []);
  const absent = { kubeconfig: "/nonexistent/config" };
  assert.deepEqual(await completeKubeconfig("contexts", absent, host), []);
});
