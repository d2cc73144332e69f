import { strict as assert } from "node:assert";
import { checkNodes } from "../../src/cluster/check_nodes.ts";
import type { SeenPod } from "../../src/cluster/check_pod.ts";
import { ConfigObject } from "../../src/kube/config_object.ts";
import { parsePod } from "../../src/kube/pod.ts";
import {
  type Answers,
  doctorLink,
  forbidden,
  podObject,
  type PodObjectOptions,
} from "./doctor_api.ts";

const NODES = "GET /api/v1/nodes";
const SERVICES = "GET /api/v1/namespaces/infra/services";

function node(name: string, changes: object = {}): object {
  return {
    metadata: { name },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: {
        operatingSystem: "linux",
        architecture: "amd64",
        containerRuntimeVersion: "containerd://2.1.0",
        ...changes,
      },
    },
  };
}

function seen(options: PodObjectOptions): SeenPod {
  const object = new ConfigObject(podObject(options));
  return { object, pod: parsePod(object) };
}

function check(answers: Answers, options: PodObjectOptions = {}) {
  return checkNodes(doctorLink({ [SERVICES]: {}, ...answers }), seen(options));
}

const HOST_PORT = { ports: [{ containerPort: 5000, hostPort: 5077 }] };

Deno.test("checkNodes() tells what nodes run, and where the registry's node pulls", async () => {
  const nodes = { [NODES]: { items: [node("node-1")] } };
  const result = await check(nodes, HOST_PORT);
  assert.equal(result.status, "ok");
  assert.equal(
    result.text,
    "1 node linux/amd64 with containerd 2.1.0; node-1 pulls from localhost:5077 (hostPort)",
  );
});

Deno.test("checkNodes() warns when only one of several nodes can pull", async () => {
  const arm = node("node-2", { architecture: "arm64" });
  const nodes = { [NODES]: { items: [node("node-1"), arm] } };
  const result = await check(nodes, HOST_PORT);
  assert.equal(result.status, "warning");
  assert.match(
    result.text,
    /^1 node linux\/amd64 with .*, 1 node linux\/arm64 with /,
  );
  assert.match(result.advice ?? "", /^Only the node of the registry's Pod/);
});

Deno.test("checkNodes() finds the NodePort that leads to the registry", async () => {
  const service = (name: string, selector: object, port: object) => ({
    metadata: { name },
    spec: { selector, ports: [{ nodePort: 30500, ...port }] },
  });
  const labels = { app: "reg", tier: "infra" };
  const ports = [{ name: "http", containerPort: 5000 }];
  const items = [
    service("other", { app: "other" }, { port: 5000, nodePort: 1 }),
    service("none", {}, { port: 5000, nodePort: 2 }),
    service("metrics", { app: "reg" }, { port: 9090, nodePort: 3 }),
    service("reg", { app: "reg" }, { port: 80, targetPort: "http" }),
  ];
  const result = await check({
    [NODES]: { items: [node("node-1"), node("node-2")] },
    [SERVICES]: { items },
  }, { labels, ports });
  assert.equal(result.status, "ok");
  assert.equal(
    result.text,
    "2 nodes linux/amd64 with containerd 2.1.0; they pull from localhost:30500 (NodePort of service/reg)",
  );
});

Deno.test("checkNodes() warns when no node can pull", async () => {
  const result = await check({ [NODES]: { items: [node("node-1")] } });
  assert.equal(result.status, "warning");
  assert.match(result.advice ?? "", /^Nodes cannot pull from the registry/);
});

Deno.test("checkNodes() warns of CRI-O and of nodes that are not ready", async () => {
  const cri = node("node-1", { containerRuntimeVersion: "cri-o://1.34.0" });
  const gone = { ...node("node-2"), status: { nodeInfo: {} } };
  const nodes = { [NODES]: { items: [cri, gone] } };
  const { advice = "" } = await checkNodes(doctorLink(nodes), undefined);
  assert.match(advice, /^Not ready: node-2\nCRI-O wants TLS/);
});

Deno.test("checkNodes() says nothing of pulling when the Pod may not be read", async () => {
  const nodes = { [NODES]: { items: [node("node-1")] } };
  const result = await checkNodes(doctorLink(nodes), undefined);
  assert.equal(result.status, "ok");
  assert.equal(result.text, "1 node linux/amd64 with containerd 2.1.0");
});

Deno.test("checkNodes() is skipped for whoever may not list nodes", async () => {
  const link = doctorLink({ [NODES]: forbidden("nodes") });
  const result = await checkNodes(link, undefined);
  assert.equal(result.status, "skipped");
  assert.match(result.text, /^cannot look: nodes is forbidden/);
});
