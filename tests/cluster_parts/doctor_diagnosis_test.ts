import { strict as assert } from "node:assert";
import { diagnose, type Patient } from "../../src/cluster/doctor_diagnosis.ts";
import type { NamedFinding } from "../../src/cluster/doctor_examination.ts";
import { FakeIo } from "../cli/fake_io.ts";
import { DoctorCluster } from "./doctor_cluster.ts";

async function examine(
  cluster: DoctorCluster,
  changes: Partial<Patient> = {},
): Promise<readonly NamedFinding[]> {
  const env = { KUBECONFIG: cluster.kubeconfig };
  return await diagnose({
    connection: {},
    host: new FakeIo({ env }).kubeHost({ stdinTaken: false }),
    registry: "reg:5000",
    chunkSize: 4 * 2 ** 20,
    stallTimeout: 60_000,
    quick: false,
    orReplica: false,
    userAgent: "k8scr/test",
    ...changes,
  }, { explain: (error) => ({ text: String(error), fault: "other" }) });
}

function statuses(findings: readonly NamedFinding[]): object {
  return Object.fromEntries(
    findings.map(({ name, status }) => [name, status]),
  );
}

const WELL = {
  kubeconfig: "ok",
  credentials: "ok",
  server: "ok",
  // The computer of the test lives in 2023.
  clock: "warning",
  user: "ok",
  target: "ok",
  permissions: "ok",
  pod: "ok",
  reach: "ok",
  registry: "ok",
  "round trip": "ok",
  transfer: "ok",
  nodes: "ok",
  storage: "ok",
};

Deno.test("diagnose() looks at everything in order, and is content", async () => {
  await using cluster = await DoctorCluster.start();
  const findings = await examine(cluster);
  assert.deepEqual(statuses(findings), WELL);
  assert.deepEqual(findings.map(({ name }) => name), Object.keys(WELL));
});

Deno.test("diagnose() leaves out what takes its time when told to be quick", async () => {
  await using cluster = await DoctorCluster.start();
  const findings = await examine(cluster, { quick: true });
  assert.deepEqual(statuses(findings), { ...WELL, transfer: "skipped" });
  assert.ok(cluster.requests.every((line) => !line.startsWith("PATCH")));
});

Deno.test("diagnose() sends nothing without a kubeconfig", async () => {
  await using cluster = await DoctorCluster.start();
  const connection = { context: "absent" };
  const findings = await examine(cluster, { connection });
  const [first, ...others] = findings;
  assert.equal(first?.status, "failed");
  assert.ok(others.every(({ status }) => status === "skipped"));
  assert.equal(others.length, Object.keys(WELL).length - 1);
  assert.deepEqual(cluster.requests, []);
});

Deno.test("diagnose() does not speak to a Pod without the right to, and looks at the rest", async () => {
  await using cluster = await DoctorCluster.start();
  cluster.allowed = [];
  assert.deepEqual(statuses(await examine(cluster)), {
    ...WELL,
    permissions: "failed",
    reach: "skipped",
    registry: "skipped",
    "round trip": "skipped",
    transfer: "skipped",
    storage: "skipped",
  });
  assert.ok(cluster.requests.every((line) => !line.includes("/proxy/")));
});

Deno.test("diagnose() writes nothing for whoever may only read", async () => {
  await using cluster = await DoctorCluster.start();
  cluster.allowed = ["get"];
  assert.deepEqual(statuses(await examine(cluster)), {
    ...WELL,
    permissions: "failed",
    transfer: "skipped",
  });
  const written = cluster.requests.filter((line) => line.includes("/proxy/"));
  assert.ok(written.every((line) => line.startsWith("GET ")));
});
