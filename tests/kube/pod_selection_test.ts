import { strict as assert } from "node:assert";
import { KubeApi } from "../../src/kube/kube_api.ts";
import { choosePod, diagnosePod } from "../../src/kube/pod_selection.ts";
import { PodSelectionError } from "../../src/kube/pod_selection_error.ts";
import { parseRegistryFlag } from "../../src/kube/registry_flag.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";

interface PodInit {
  readonly created?: string;
  readonly ready?: boolean;
  readonly phase?: string;
  readonly deleted?: boolean;
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly ports?: readonly (readonly [name: string, port: number])[];
}

function pod(name: string, init: PodInit = {}) {
  const { ready = true, phase = "Running", ports = [["http", 5000]] } = init;
  return {
    metadata: {
      name,
      creationTimestamp: init.created ?? "2026-01-01T00:00:00Z",
      ...(init.deleted ? { deletionTimestamp: "2026-01-02T00:00:00Z" } : {}),
    },
    spec: {
      containers: [{
        name: "registry",
        ports: ports.map(([name, containerPort]) => ({ name, containerPort })),
      }],
    },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{
        name: "registry",
        ready,
        state: init.waiting ? { waiting: init.waiting } : { running: {} },
      }],
    },
  };
}

class FakeObjects {
  readonly asked: string[] = [];
  readonly #objects: Readonly<Record<string, unknown>>;

  constructor(objects: Readonly<Record<string, unknown>>) {
    this.#objects = objects;
  }

  readonly api = new KubeApi((request) => {
    const { pathname, searchParams } = new URL(request.url);
    const selector = searchParams.get("labelSelector");
    const key = selector === null ? pathname : `${pathname}?${selector}`;
    this.asked.push(key);
    const object = this.#objects[key];
    if (object !== undefined) return Promise.resolve(Response.json(object));
    const message = `${pathname.split("/").at(-1)} not found`;
    const status = { kind: "Status", apiVersion: "v1", code: 404, message };
    return Promise.resolve(Response.json(status, { status: 404 }));
  }, { server: new URL("https://api.lab.test") });

  choose(flag: string, previous?: string): Promise<string> {
    const locator = parseRegistryFlag(flag);
    return choosePod(locator, { api: this.api, namespace: "ns" })
      .choose(previous);
  }
}

const PODS = "/api/v1/namespaces/ns/pods";
const DEPLOYMENT = "/apis/apps/v1/namespaces/ns/deployments/reg";
const SERVICE = "/api/v1/namespaces/ns/services/reg";
const SELECTED = { spec: { selector: { matchLabels: { app: "reg" } } } };

function deploymentOf(...pods: unknown[]): FakeObjects {
  return new FakeObjects({
    [DEPLOYMENT]: SELECTED,
    [`${PODS}?app=reg`]: { items: pods },
  });
}

Deno.test("choosePod() asks nothing for a Pod that is named", async () => {
  const objects = new FakeObjects({});
  assert.equal(await objects.choose("https:reg:5000"), "https:reg:5000");
  assert.equal(await objects.choose("reg"), "reg");
  assert.deepEqual(objects.asked, []);
});

Deno.test("choosePod() takes a ready Pod of a workload with its first port", async () => {
  const objects = deploymentOf(
    pod("reg-pending", { ready: false, phase: "Pending" }),
    pod("reg-leaving", { deleted: true }),
    pod("reg-done", { phase: "Succeeded" }),
    pod("reg-good", { ports: [["http", 5000], ["debug", 5001]] }),
  );
  assert.equal(await objects.choose("deployment/reg"), "reg-good:5000");
  assert.deepEqual(objects.asked, [DEPLOYMENT, `${PODS}?app=reg`]);
});

Deno.test("choosePod() leaves the port to the API server where none is declared", async () => {
  const objects = deploymentOf(pod("reg-a", { ports: [] }));
  assert.equal(await objects.choose("deploy/reg"), "reg-a");
});

Deno.test("choosePod() keeps the Pod that it chose before", async () => {
  const objects = deploymentOf(
    pod("reg-new", { created: "2026-02-01T00:00:00Z" }),
    pod("reg-old"),
  );
  assert.equal(await objects.choose("deployment/reg"), "reg-new:5000");
  const kept = await objects.choose("deployment/reg", "reg-old:5000");
  assert.equal(kept, "reg-old:5000");
  const gone = await objects.choose("deployment/reg", "reg-older:5000");
  assert.equal(gone, "reg-new:5000");
});

Deno.test("choosePod() looks up a port by its name", async () => {
  const objects = deploymentOf(
    pod("reg-a", { ports: [["x", 1], ["web", 80]] }),
  );
  assert.equal(await objects.choose("deployment/reg:web"), "reg-a:80");
  assert.equal(
    await objects.choose("https:deployment/reg:8443"),
    "https:reg-a:8443",
  );
  await assert.rejects(
    objects.choose("deployment/reg:none"),
    (reason) =>
      reason instanceof PodSelectionError && !reason.transient &&
      reason.message.includes("declares x, web"),
  );
});

Deno.test("choosePod() follows a Service to the port of its Pod", async () => {
  const objects = new FakeObjects({
    [SERVICE]: {
      spec: {
        selector: { app: "reg", tier: "infra" },
        ports: [
          { name: "http", port: 80, targetPort: "web" },
          { name: "admin", port: 81, targetPort: 9000 },
          { name: "same", port: 82 },
        ],
      },
    },
    [`${PODS}?app=reg,tier=infra`]: {
      items: [pod("reg-a", { ports: [["web", 5000]] })],
    },
  });
  assert.equal(await objects.choose("service/reg"), "reg-a:5000");
  assert.equal(await objects.choose("svc/reg:80"), "reg-a:5000");
  assert.equal(await objects.choose("svc/reg:admin"), "reg-a:9000");
  assert.equal(await objects.choose("svc/reg:82"), "reg-a:82");
  await assert.rejects(objects.choose("svc/reg:5000"), PodSelectionError);
});

Deno.test("choosePod() selects by expressions too", async () => {
  const selector = {
    matchLabels: { app: "reg" },
    matchExpressions: [
      { key: "env", operator: "In", values: ["a", "b"] },
      { key: "env", operator: "NotIn", values: ["c"] },
      { key: "live", operator: "Exists" },
      { key: "old", operator: "DoesNotExist" },
    ],
  };
  const terms = "app=reg,env in (a,b),env notin (c),live,!old";
  const objects = new FakeObjects({
    "/apis/apps/v1/namespaces/ns/statefulsets/reg": { spec: { selector } },
    [`${PODS}?${terms}`]: { items: [pod("reg-0")] },
  });
  assert.equal(await objects.choose("sts/reg"), "reg-0:5000");
});

Deno.test("choosePod() says how the Pods are when none is ready", async () => {
  const objects = deploymentOf(
    pod("reg-a", {
      ready: false,
      waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" },
    }),
    pod("reg-b", { ready: false }),
  );
  await assert.rejects(objects.choose("deployment/reg"), (reason) => {
    assert(reason instanceof PodSelectionError);
    assert(reason.transient);
    assert(reason.message.includes("reg-a: CrashLoopBackOff: back-off 10s"));
    assert(reason.message.includes("reg-b: Running, not ready"));
    return true;
  });
  await assert.rejects(
    deploymentOf().choose("deployment/reg"),
    (reason) =>
      reason instanceof PodSelectionError && reason.transient &&
      reason.message.includes("it has no Pods"),
  );
});

Deno.test("choosePod() refuses a Service that selects nothing", async () => {
  const objects = new FakeObjects({ [SERVICE]: { spec: { ports: [] } } });
  await assert.rejects(
    objects.choose("service/reg"),
    (reason) =>
      reason instanceof PodSelectionError && !reason.transient &&
      reason.message.includes("it has no selector"),
  );
});

Deno.test("choosePod() passes on that there is no such workload", async () => {
  await assert.rejects(
    new FakeObjects({}).choose("deployment/reg"),
    (reason) => reason instanceof KubernetesError && reason.status === 404,
  );
});

async function diagnosisOf(segment: string, object?: unknown) {
  const objects = new FakeObjects(
    object === undefined ? {} : { [`${PODS}/reg`]: object },
  );
  return await diagnosePod(segment, { api: objects.api, namespace: "ns" });
}

Deno.test("diagnosePod() says why a Pod is not ready", async () => {
  const sick = pod("reg", {
    ready: false,
    waiting: { reason: "ImagePullBackOff" },
  });
  for (const segment of ["reg", "reg:5000", "https:reg:5000"]) {
    assert.equal(
      await diagnosisOf(segment, sick),
      'The Pod "reg" is not ready: ImagePullBackOff',
    );
  }
});

Deno.test("diagnosePod() names the ports of a Pod that is well", async () => {
  assert.equal(
    await diagnosisOf("reg:80", pod("reg")),
    'The Pod "reg" is ready and declares port 5000',
  );
});

Deno.test("diagnosePod() keeps quiet where the Pod cannot be read", async () => {
  assert.equal(await diagnosisOf("reg:80"), undefined);
});
