import { strict as assert } from "node:assert";
import { main } from "../../../src/cli/main.ts";
import { DoctorCluster } from "../../cluster_parts/doctor_cluster.ts";
import { POD, podObject, refusal } from "../../cluster_parts/doctor_api.ts";
import { runCommandLine } from "../command_run.ts";
import { FakeIo } from "../fake_io.ts";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function doctor(
  cluster: DoctorCluster,
  ...args: readonly string[]
): Promise<Run> {
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const code = await main(["doctor", "-r", "reg:5000", ...args], io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

Deno.test("doctor is content with all that a push needs", async () => {
  await using cluster = await DoctorCluster.start();
  const { code, stdout, stderr } = await doctor(cluster);
  assert.equal(code, 0, stdout);
  assert.equal(stderr, "");
  assert.match(
    stdout,
    /^ok {7}pod {10}"reg" is ready and declares port 5000$/m,
  );
  assert.match(stdout, /^ok {7}registry {5}k8scr, takes uploads; /m);
  assert.match(stdout, /^ok {7}transfer {5}requests of 4 MiB pass, /m);
});

Deno.test("doctor looks at the Pod that a push goes to when nothing is said", async () => {
  await using cluster = await DoctorCluster.start();
  const { stdout } = await runCommandLine(["doctor", "--quick"], {
    env: { KUBECONFIG: cluster.kubeconfig },
  });
  assert.match(
    stdout,
    /^ok {7}target {7}Pod "k8scr-0" in namespace "infra", as there is no Pod "k8scr"$/m,
  );
  cluster.allowed = [];
  const denied = await runCommandLine(["doctor", "--quick"], {
    env: { KUBECONFIG: cluster.kubeconfig },
  });
  assert.match(denied.stdout, /resourceNames: \["k8scr", "k8scr-0"\]$/m);
  assert.match(denied.stdout, /k8scr rbac -n infra -r k8scr --user jane /);
});

Deno.test("doctor prints one JSON document", async () => {
  await using cluster = await DoctorCluster.start();
  const { code, stdout } = await doctor(cluster, "-o", "json", "--quick");
  assert.equal(code, 0);
  const { status, exitCode, checks } = JSON.parse(stdout);
  assert.equal(status, "warning");
  assert.equal(exitCode, 0);
  assert.deepEqual(checks[0].facts.namespace, "infra");
});

Deno.test("doctor ends with 3 and the Role when a right is missing", async () => {
  await using cluster = await DoctorCluster.start();
  cluster.allowed = ["get"];
  const { code, stdout } = await doctor(cluster);
  assert.equal(code, 3);
  assert.match(stdout, /^failed {3}permissions {2}you may not create, /m);
  assert.match(stdout, /^ {11}resourceNames: \["reg:5000"\]$/m);
  assert.match(stdout, /name: "jane"/);
});

Deno.test("doctor ends with 3 when the API server does not know the caller", async () => {
  await using cluster = await DoctorCluster.start();
  const review = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
  cluster.answers[review] = refusal(401, "Unauthorized");
  const { code, stdout } = await doctor(cluster);
  assert.equal(code, 3);
  assert.match(stdout, /^failed {3}user {9}.*does not know you/m);
});

Deno.test("doctor ends with 4 when the Pod is absent, or not ready", async () => {
  await using cluster = await DoctorCluster.start();
  const absent = await doctor(cluster, "-r", "other");
  assert.equal(absent.code, 4);
  assert.match(absent.stdout, /^failed {3}pod {10}.*pods\/other" not found/m);
  cluster.answers[POD] = podObject({ ready: false });
  const unready = await doctor(cluster);
  assert.equal(unready.code, 4);
  assert.match(unready.stdout, /^skipped {2}reach {8}because "pod" failed$/m);
});

Deno.test("doctor ends with 2 for a context that there is not, and wrong usage", async () => {
  await using cluster = await DoctorCluster.start();
  const context = await doctor(cluster, "--context", "other");
  assert.equal(context.code, 2);
  assert.match(context.stdout, /^failed {3}kubeconfig {3}.*"other"/m);
  const usage = await doctor(cluster, "-r", "a:b:c:d");
  assert.equal(usage.code, 2);
  assert.equal(usage.stdout, "");
  assert.deepEqual(cluster.requests, []);
});

Deno.test("doctor ends with 130 when it is interrupted", async () => {
  await using cluster = await DoctorCluster.start();
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  io.interrupt();
  assert.equal(await main(["doctor"], io), 130);
  assert.equal(io.stderr.text, "Interrupted\n");
});
