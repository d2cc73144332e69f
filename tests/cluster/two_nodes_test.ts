/** What every node pulls; runs on a cluster of at least two (`up --nodes 2`). */
import { strict as assert } from "node:assert";
import { apply, freePort, kubectl, withNamespace } from "./support/cluster.ts";
import { runProgram } from "./support/program.ts";
import { assertDone, push } from "./support/pushes.ts";
import {
  DISTRIBUTION_IMAGE,
  importDistribution,
  registryUp,
} from "./support/registry_up.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const distribution = once(async () =>
  await importDistribution(await scratch.folder("distribution"))
);
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("image"), "nodes")
);

const nodes = (await kubectl(["get", "nodes", "-o", "name"]))
  .trimEnd().split("\n").map((line) => line.replace("node/", ""));
const [first = "", second = ""] = nodes;

Deno.test.afterAll(() => scratch.remove());

/** Registers a test that is left out where there is one node alone. */
function testOnTwoNodes(name: string, fn: () => Promise<void>): void {
  const isAlone = nodes.length < 2;
  const reason = isAlone ? ": left out, the cluster has one node" : "";
  Deno.test({ name: name + reason, ignore: isAlone, fn });
}

testOnTwoNodes(
  "every node pulls through the NodePort, wherever the Pod runs",
  async () => {
    await distribution();
    await withNamespace("two-nodes", async (namespace) => {
      const address = await registryUp(namespace, [
        ...["--image", DISTRIBUTION_IMAGE, "--storage", "emptyDir"],
        ...["--node", first],
      ]);
      const image = await pushImage(namespace);
      assert.ok(image.startsWith(`${address}/`));
      for (const node of nodes) {
        await runsOn(node, { namespace, image });
      }
      const seen = await doctor(namespace);
      assert.match(seen, /^ok +nodes +2 nodes .*NodePort of service\/k8scr/m);
    });
  },
);

testOnTwoNodes(
  "every node pulls through the port of a Pod of its own",
  async () => {
    await distribution();
    await withNamespace("two-nodes", async (namespace) => {
      const address = await registryUp(namespace, [
        ...["--image", DISTRIBUTION_IMAGE, "--replicas", `${nodes.length}`],
        ...["--storage", `hostPath:${await scratch.folder("shared")}`],
        ...["--node-port-mode", "host", "--node-port", `${freePort()}`],
      ]);
      const image = await pushImage(namespace);
      assert.ok(image.startsWith(`${address}/`));
      for (const node of nodes) {
        await runsOn(node, { namespace, image });
      }
    });
  },
);

testOnTwoNodes(
  "no other node pulls through the port of the one Pod, and doctor says so",
  async () => {
    await distribution();
    await withNamespace("two-nodes", async (namespace) => {
      await registryUp(namespace, [
        ...["--image", DISTRIBUTION_IMAGE, "--storage", "emptyDir"],
        ...["--node", first],
        ...["--node-port-mode", "host", "--node-port", `${freePort()}`],
      ]);
      const image = await pushImage(namespace);
      await runsOn(first, { namespace, image });
      await startOn(second, { namespace, image });
      await kubectl([
        ...["wait", "pod", `on-${second}`, "-n", namespace, "--timeout=120s"],
        "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff",
      ]);
      const seen = await doctor(namespace);
      assert.match(seen, /^warning +nodes .*localhost:\d+/m);
      assert.match(
        seen,
        /Only the node of the registry's Pod can pull from it/,
      );
    });
  },
);

/** Pushes the image, and returns the name that Pod specs are to use. */
async function pushImage(namespace: string): Promise<string> {
  const target = "k8scr-0";
  const pushed = await push({ target, namespace }, [await archive()]);
  assertDone(pushed);
  const [, image] = /^Pod specs use: image: (.*)$/m.exec(pushed.stderr) ?? [];
  assert.ok(image, pushed.stderr);
  return image;
}

async function doctor(namespace: string): Promise<string> {
  const { code, stdout } = await runProgram([
    ...["doctor", "--quick", "-n", namespace],
  ]);
  assert.equal(code, 0, stdout);
  return stdout;
}

interface Workload {
  readonly namespace: string;
  readonly image: string;
}

/** Runs an image on a node to its end; its layers are pulled for it. */
async function runsOn(node: string, workload: Workload): Promise<void> {
  await startOn(node, workload);
  await kubectl([
    ...["wait", "pod", `on-${node}`, "-n", workload.namespace],
    ...["--for=jsonpath={.status.phase}=Succeeded", "--timeout=120s"],
  ]);
}

function startOn(node: string, { namespace, image }: Workload): Promise<void> {
  return apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `on-${node}`, namespace },
    spec: {
      nodeName: node,
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image, imagePullPolicy: "Always" }],
    },
  });
}
