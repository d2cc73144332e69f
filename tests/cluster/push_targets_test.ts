import { strict as assert } from "node:assert";
import { apply, kubectl, withNamespace } from "./support/cluster.ts";
import {
  type ExpectedImage,
  imagesOfDockerArchive,
} from "./support/expected_images.ts";
import { assertDone, assertPrinted, push } from "./support/pushes.ts";
import { listTags } from "./support/readers.ts";
import {
  findRegistry,
  type Registry,
  REGISTRY_PORT,
  registryPod,
  startRegistry,
} from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("targets"), "targets")
);

Deno.test.afterAll(() => scratch.remove());

Deno.test("push to a Pod without a port takes the first that is declared", async () => {
  await withNamespace("push-targets", async (namespace) => {
    const registry = await startRegistry(namespace);
    const target = registry.pod;
    const result = await push({ namespace, target }, [await archive()]);
    assertDone(result);
    await assertPrinted(registry, result, await images());
  });
});

for (const kind of ["Deployment", "StatefulSet"]) {
  Deno.test(`push to a ${kind} keeps to one of its Pods`, async () => {
    await withNamespace("push-targets", async (namespace) => {
      const pods = await startWorkload(namespace, kind);
      const target = `${kind.toLowerCase()}/registry`;
      const result = await push({ namespace, target }, [await archive()]);
      assertDone(result);
      await assertPrinted(await theOneThatHasIt(pods), result, await images());
    });
  });
}

Deno.test("push to a Service keeps to one of its Pods", async () => {
  await withNamespace("push-targets", async (namespace) => {
    const pods = await startWorkload(namespace, "Deployment");
    await apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "registry", namespace },
      spec: {
        selector: { app: "registry" },
        ports: [{ port: 80, targetPort: REGISTRY_PORT }],
      },
    });
    const target = "service/registry";
    const result = await push({ namespace, target }, [await archive()]);
    assertDone(result);
    await assertPrinted(await theOneThatHasIt(pods), result, await images());
  });
});

async function images(): Promise<ExpectedImage[]> {
  return await imagesOfDockerArchive(await archive());
}

/** Starts two registries that share nothing, and returns both. */
async function startWorkload(
  namespace: string,
  kind: string,
): Promise<Registry[]> {
  const labels = { app: "registry" };
  const template = await registryPod("distribution-3");
  await apply({
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "registry", namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { labels } },
      ...kind === "StatefulSet" && {
        serviceName: "registry",
        podManagementPolicy: "Parallel",
      },
    },
  });
  await kubectl([
    ...["rollout", "status", `${kind}/registry`],
    ...["-n", namespace, "--timeout=120s"],
  ]);
  const pods = await kubectl([
    ...["get", "pods", "-n", namespace, "-l", "app=registry"],
    ...["-o", "jsonpath={.items[*].metadata.name}"],
  ]);
  return await Promise.all(
    pods.split(" ").map((pod) => findRegistry(namespace, pod)),
  );
}

async function theOneThatHasIt(pods: readonly Registry[]): Promise<Registry> {
  assert.equal(pods.length, 2);
  const tags = await Promise.all(
    pods.map((pod) => listTags(pod, "forms/targets")),
  );
  const [pod, ...others] = pods.filter((_, position) =>
    tags[position]?.includes("1")
  );
  assert.ok(pod !== undefined && others.length === 0, JSON.stringify(tags));
  return pod;
}
