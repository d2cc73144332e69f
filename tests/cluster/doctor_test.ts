import { strict as assert } from "node:assert";
import { join } from "node:path";
import { createAuthority } from "../support/pki.ts";
import { apply, freePort, kubectl, withNamespace } from "./support/cluster.ts";
import { expiredLogin } from "./support/expired_certificate.ts";
import { assertFound, doctor } from "./support/doctor.ts";
import { programPath, type ProgramResult } from "./support/program.ts";
import { registryPod, startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

Deno.test("doctor is content with a registry that a push works with, and leaves nothing in it", async () => {
  await withNamespace("doctor", async (namespace) => {
    const hostPort = freePort();
    const { target, address } = await startRegistry(
      namespace,
      "distribution-3",
      { hostPort },
    );
    const result = await doctor({ namespace, target });
    assertFound(result, 0, {
      server: /^ok .*, Kubernetes v1\./,
      clock: /^ok /,
      permissions: /^ok .* you may get, create, update, patch, delete /,
      pod: /^ok .* is ready and declares port 5000$/,
      registry:
        /^ok .* distribution 3, takes uploads; has upload status, upload cancelling, mounts, catalog; has no referrers, deletion$/,
      "round trip": /^ok .* ms to the registry and back$/,
      transfer: /^ok .* requests of 4 MiB pass, [0-9.]+ MB\/s/,
      nodes: new RegExp(`containerd .* pulls from localhost:${hostPort} `),
    });
    const catalog = await fetch(`http://${address}/v2/_catalog`);
    assert.deepEqual(await catalog.json(), { repositories: [] });
  });
});

Deno.test("doctor tells registries apart, and prints JSON", async () => {
  await withNamespace("doctor", async (namespace) => {
    for (const kind of ["distribution-2", "crane"] as const) {
      const { target } = await startRegistry(namespace, kind);
      const result = await doctor({ namespace, target }, ["-o", "json"]);
      assert.equal(result.code, 0, result.stdout);
      const { exitCode, checks } = JSON.parse(result.stdout);
      assert.equal(exitCode, 0);
      const found = new Map<string, { status: string; facts: RegistryFacts }>(
        checks.map((check: { name: string }) => [check.name, check]),
      );
      const facts = found.get("registry")?.facts;
      const known = kind === "crane"
        ? "go-containerregistry"
        : "distribution 2";
      assert.ok(facts?.kind.startsWith(known), result.stdout);
      assert.equal(facts?.status, kind !== "crane");
      // What could not be taken back is not sent.
      const sent = found.get("transfer")?.status;
      assert.equal(sent, kind === "crane" ? "skipped" : "ok");
    }
  });
});

interface RegistryFacts {
  readonly kind: string;
  readonly status: boolean;
}

Deno.test("doctor explains what is not allowed, and needs no more than a push", async () => {
  await withNamespace("doctor", async (namespace) => {
    const { target } = await startRegistry(namespace, "distribution-3");
    const user = "nobody";
    const denied = await doctor({ namespace, target }, [], { user });
    assertFound(denied, 3, {
      user: /^ok .* "nobody", in nobodies, /,
      permissions: /^failed .* you may not get, create, update, patch /,
      pod: /^warning .* cannot look: /,
      reach: /^skipped .* because "permissions" failed$/,
    });
    await kubectl(["apply", "-f", "-"], roleIn(denied.stdout));
    const allowed = await doctor({ namespace, target }, [], { user });
    assertFound(allowed, 0, {
      permissions: /^ok .*, not delete, which a push does not need$/,
      registry: /^ok .* distribution 3, takes uploads; has upload status, /,
      transfer: /^skipped .* without the right to delete$/,
      nodes: /^skipped .* cannot look: /,
    });
  });
});

Deno.test("doctor explains a Pod, a workload and a namespace that are not there", async () => {
  await withNamespace("doctor", async (namespace) => {
    const pod = await doctor({ namespace, target: "absent" });
    assertFound(pod, 4, { pod: /^failed .*pods "absent" not found/ });
    const target = "statefulset/absent";
    const workload = await doctor({ namespace, target });
    assertFound(workload, 4, { target: /^failed .*"absent" not found/ });
  });
  const namespace = "absent-namespace";
  const result = await doctor({ namespace, target: "absent" });
  assertFound(result, 4, { pod: /^failed .*namespaces "absent-namespace" / });
});

Deno.test("doctor explains a wrong port and a wrong scheme", async () => {
  await withNamespace("doctor", async (namespace) => {
    const { pod, target } = await startRegistry(namespace, "crane");
    const port = await doctor({ namespace, target: `${pod}:5001` });
    assertFound(port, 4, {
      pod: /^warning .* declares port 5000$/,
      reach: /^failed .*nothing listens on that port of the Pod/,
    });
    const scheme = await doctor({ namespace, target: `https:${target}` });
    assertFound(scheme, 4, { reach: /^failed .*speaks plain HTTP, not TLS/ });
  });
});

Deno.test("doctor explains a Pod that crashes, with the last that it wrote", async () => {
  await withNamespace("doctor", async (namespace) => {
    const env = { REGISTRY_HTTP_ADDR: "nonsense" };
    const template = await registryPod("distribution-3", { env });
    const metadata = { name: "crashing", namespace };
    await apply({ ...template, apiVersion: "v1", kind: "Pod", metadata });
    await waitForContainer(namespace, "restartCount", "1");
    const result = await doctor({ namespace, target: "crashing:5000" });
    assertFound(result, 4, { pod: /^failed .* is not ready: / });
    assert.match(result.stdout, / ended: exit code 1; restarted \d+ times?$/m);
    assert.match(result.stdout, /listen tcp: address nonsense: missing port/);
  });
});

Deno.test("doctor explains an image that cannot be pulled", async () => {
  await withNamespace("doctor", async (namespace) => {
    const image = `localhost:${freePort()}/absent/image:1`;
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "imageless", namespace },
      spec: { containers: [{ name: "registry", image }] },
    });
    const reason = "state.waiting.reason";
    await waitForContainer(namespace, reason, "ImagePullBackOff");
    const result = await doctor({ namespace, target: "imageless" });
    assertFound(result, 4, { pod: /^failed .* ImagePullBackOff|ErrImagePull/ });
    assert.match(
      result.stdout,
      /node cannot get the image "localhost:\d+\/absent/,
    );
  });
});

Deno.test("doctor explains a server that is down, that nobody trusts, and a login that expired", async () => {
  const server = `https://127.0.0.1:${freePort()}`;
  const down = await doctorOf("--server", server);
  assertFound(down, 4, {
    credentials: /^(?:ok|warning) /,
    server: /^failed .*the connection was refused$/,
    user: /^skipped .*because "server" failed$/,
  });
  const other = join(await scratch.folder("other"), "other.pem");
  await Deno.writeTextFile(other, createAuthority("another cluster").cert);
  const untrusted = await doctorOf("--certificate-authority", other);
  assertFound(untrusted, 4, {
    server: /^failed .*an authority that is not the one in the kubeconfig$/,
  });
  const login = await expiredLogin(await scratch.folder("expired"));
  assertFound(await doctorOf(...login), 4, {
    credentials: /^failed .*client certificate of user "admin" expired on/,
    server: /^skipped .*because "credentials" failed$/,
  });
});

Deno.test("doctor explains a kubeconfig that leads nowhere, and a token that is not valid", async () => {
  assertFound(await doctorOf("--context", "absent"), 2, {
    kubeconfig: /^failed .*context "absent" does not exist$/,
    storage: /^skipped .*because "kubeconfig" failed$/,
  });
  const target = "k8scr";
  const user = "token";
  const refused = await doctor({ namespace: "default", target }, [
    "--token",
    "wrong",
  ], { user });
  assertFound(refused, 3, {
    server: /^ok /,
    user: /^failed .*the API server does not know you/,
  });
});

Deno.test("doctor ends well when nobody reads it any more", async () => {
  const shell = 'set -o pipefail; "$0" "$@" | true';
  const place = { namespace: "default", target: "absent" };
  const { code, stdout, stderr } = await doctor(place, [], {
    command: ["bash", "-c", shell, programPath()],
  });
  assert.deepEqual([code, stdout, stderr], [4, "", ""]);
});

function doctorOf(...args: readonly string[]): Promise<ProgramResult> {
  return doctor({ namespace: "default", target: "k8scr:5000" }, args);
}

async function waitForContainer(
  namespace: string,
  field: string,
  value: string,
): Promise<void> {
  const path = `{.status.containerStatuses[0].${field}}`;
  await kubectl([
    ...["wait", "pod", "--all", "-n", namespace, "--timeout=120s"],
    `--for=jsonpath=${path}=${value}`,
  ]);
}

/** Takes the advice that is a Role out of the lines around it. */
function roleIn(text: string): string {
  const role = /^ {9}apiVersion:.*\n(?: {9}.*\n)+/m.exec(text);
  assert.ok(role, text);
  return role[0].replaceAll(/^ {9}/gm, "");
}
