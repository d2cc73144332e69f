import { strict as assert } from "node:assert";
import { dirname, join } from "node:path";
import { createAuthority } from "../support/pki.ts";
import { kubeconfigOf, withNamespace } from "./support/cluster.ts";
import { assertDone, assertFailed, push } from "./support/pushes.ts";
import { startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("trust"), "trust")
);

Deno.test.afterAll(() => scratch.remove());

/** The cluster's authority, and a kubeconfig that does not name it. */
const trust = once(async () => {
  const original = kubeconfigOf("admin");
  const text = await Deno.readTextFile(original);
  const bare = text.replace(/^ *certificate-authority: .*\n/m, "")
    .replaceAll("pki/", `${join(dirname(original), "pki")}/`);
  assert.notEqual(bare, text);
  const kubeconfig = join(await scratch.folder("bare"), "kubeconfig");
  await Deno.writeTextFile(kubeconfig, bare);
  return { ca: join(dirname(original), "pki", "ca.crt"), kubeconfig };
});

Deno.test("push trusts the system's authorities where the kubeconfig names none", async () => {
  await withNamespace("push-trust", async (namespace) => {
    const registry = await startRegistry(namespace, "crane");
    const { ca, kubeconfig } = await trust();
    const env = { KUBECONFIG: kubeconfig, SSL_CERT_FILE: ca };
    assertDone(await push(registry, [await archive()], { env }));
  });
});

Deno.test("push trusts nobody but the authority that is named", async () => {
  const { ca } = await trust();
  const other = join(await scratch.folder("other"), "other.pem");
  await Deno.writeTextFile(other, createAuthority("another cluster").cert);
  const registry = { target: "k8scr:5000", namespace: "default" };
  const args = [await archive(), "--certificate-authority", other];
  const env = { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: ca };
  assertFailed(await push(registry, args, { env }), 4, /Cannot trust/);
});
