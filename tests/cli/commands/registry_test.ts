import { strict as assert } from "node:assert";
import { corePath } from "../../cluster_parts/memory_cluster.ts";
import { addPod, addSet } from "../../cluster_parts/registry_scenes.ts";
import { type CommandRun, runCommandLine } from "../command_run.ts";
import { RegistryCluster } from "../registry_cluster.ts";

const UP = ["up", "--image", "registry:3", "--storage", "emptyDir"];

function run(
  { kubeconfig }: RegistryCluster,
  args: readonly string[],
): Promise<CommandRun> {
  return runCommandLine(["registry", ...args], {
    env: { KUBECONFIG: kubeconfig },
  });
}

Deno.test("registry up makes a registry, tries it and prints its address", async () => {
  await using cluster = await RegistryCluster.start();
  const first = await run(cluster, UP);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stdout, "localhost:30123\n");
  assert.equal(
    first.stderr,
    "warning: What is in --storage emptyDir is lost with the Pod\n" +
      "secret/k8scr-http created\n" +
      "service/k8scr created\n" +
      "statefulset/k8scr created\n" +
      "Pushed an image to k8scr-0 and pulled it back\n" +
      "Push with: k8scr push IMAGE\n" +
      "Pod specs use: image: localhost:30123/NAME:TAG\n",
  );
  const again = await run(cluster, [...UP, "-o", "json", "--quiet"]);
  assert.equal(again.stderr, "");
  const { nodeAddress, pods, storage, software } = JSON.parse(again.stdout);
  assert.deepEqual({ nodeAddress, pods, storage, software }, {
    nodeAddress: "localhost:30123",
    pods: ["k8scr-0"],
    storage: "emptyDir",
    software: "distribution",
  });
});

Deno.test("registry up --dry-run prints what would change, and changes nothing", async () => {
  await using cluster = await RegistryCluster.start();
  const fresh = await run(cluster, [...UP, "--dry-run"]);
  assert.equal(fresh.code, 0, fresh.stderr);
  assert.equal(
    fresh.stdout,
    "secret/k8scr-http would be created\n" +
      "service/k8scr would be created\n" +
      "statefulset/k8scr would be created\n",
  );
  assert.equal(cluster.cluster.objects.size, 0);
  await run(cluster, UP);
  const { stdout } = await run(cluster, [
    ...["up", "--image", "registry:3.1", "--dry-run"],
  ]);
  assert.match(stdout, /^secret\/k8scr-http would stay as it is\n/);
  assert.match(
    stdout,
    /\nstatefulset\/k8scr would be changed\n {2}spec\.template\.spec\.containers\[0\]\.image: "registry:3" -> "registry:3\.1"\n$/,
  );
});

Deno.test("registry up refuses what would hide content, with exit code 2", async () => {
  await using cluster = await RegistryCluster.start();
  await run(cluster, UP);
  const moved = await run(cluster, [
    "up",
    "--image",
    "registry:3",
    "--storage",
    "memory",
  ]);
  assert.equal(moved.code, 2);
  assert.match(moved.stderr, /^error: Cannot move the registry "k8scr"/m);
});

Deno.test("registry up says what keeps the registry from being ready", async () => {
  await using cluster = await RegistryCluster.start();
  const waiting = { reason: "ErrImageNeverPull", message: "not present" };
  const fail = () => addPod(cluster.cluster, { waiting });
  cluster.cluster.onApply = fail;
  // A Pod that is stuck at the beginning gets a second chance.
  cluster.cluster.onDelete = fail;
  const result = await run(cluster, UP);
  assert.equal(result.code, 1);
  assert.match(
    result.stderr,
    /^error: Cannot bring up the registry "k8scr": Pod k8scr-0 is ErrImageNeverPull: not present\nThe node must have the image "registry:3"/m,
  );
});

Deno.test("registry status shows a registry", async () => {
  await using cluster = await RegistryCluster.start();
  await run(cluster, UP);
  const { code, stdout, stderr } = await run(cluster, ["status"]);
  assert.equal(code, 0, stderr);
  const lines = stdout.replace(/[0-9.]+ k?B used, .* left/, "SIZE")
    .replace(/^(version +).*$/m, "$1NUMBER");
  assert.equal(
    lines,
    "registry       k8scr in namespace infra\n" +
      "state          ready\n" +
      "image          registry:3 (distribution)\n" +
      "version        NUMBER\n" +
      "k8scr-0        Running on node-1\n" +
      "storage        emptyDir, SIZE\n" +
      "repositories   0\n" +
      "Pod specs use  localhost:30123/NAME:TAG\n",
  );
});

Deno.test("registry status ends with 1 for a registry that is not ready, or not there", async () => {
  await using cluster = await RegistryCluster.start();
  const none = await run(cluster, ["status"]);
  assert.equal(none.code, 1);
  assert.match(
    none.stderr,
    /^error: Cannot show the registry "k8scr": there is none in namespace "infra"\n/,
  );
  addSet(cluster.cluster);
  const unready = await run(cluster, ["status", "-o", "json"]);
  assert.equal(unready.code, 1);
  const { ready, reason } = JSON.parse(unready.stdout);
  assert.equal(ready, false);
  assert.equal(reason, "its Pod is being made");
});

Deno.test("registry down deletes what registry up made", async () => {
  await using cluster = await RegistryCluster.start();
  await run(cluster, UP);
  const asked = await run(cluster, ["down"]);
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /there is no terminal\n.*--yes\n$/);
  cluster.cluster.objects.delete(corePath("pods", "k8scr-0"));
  const { code, stdout, stderr } = await run(cluster, ["down", "--yes"]);
  assert.equal(code, 0, stderr);
  assert.equal(
    stdout,
    "statefulset/k8scr deleted\nservice/k8scr deleted\nsecret/k8scr-http deleted\n",
  );
  assert.equal(stderr, "Its content is lost\n");
  const again = await run(cluster, ["down", "--yes", "-o", "json"]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is none in namespace "infra"/);
});

Deno.test("registry manifest prints YAML, and asks no cluster", async () => {
  const { code, stdout, stderr } = await runCommandLine([
    ...["registry", "manifest", "images", "-n", "infra"],
    ...["--storage", "pvc:5Gi", "--image", "registry:3"],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^# Make its secret once.*\n# {3}kubectl create secret generic images-http -n infra /,
  );
  const kinds = [...stdout.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind);
  assert.deepEqual(kinds, ["PersistentVolumeClaim", "Service", "StatefulSet"]);
  const own = await runCommandLine(["registry", "manifest", "-n", "infra"]);
  assert.match(own.stdout, /^apiVersion: v1\n/);
  assert.match(own.stdout, /image: k8scr\.local\/k8scr:/);
});

Deno.test("registry commands refuse names and values that cannot be", async () => {
  const errors: readonly (readonly [readonly string[], RegExp])[] = [
    [["up", "Bad_Name"], /Cannot use the name "Bad_Name"/],
    [
      ["up", "--storage", "disk"],
      /Cannot use --storage "disk": it must be pvc/,
    ],
    [["up", "--replicas", "0"], /Cannot use --replicas "0"/],
    [["up", "--node-port", "70000"], /Cannot use --node-port "70000"/],
    [["up", "--node-port-mode", "x"], /must be service or host/],
    [["up", "--software", "nexus"], /must be k8scr, distribution or zot/],
    [["image"], /Cannot write the image: it is not said where to/],
    [
      ["image", "--output", "x.tar"],
      /Cannot make an image of this program: it runs from its sources/,
    ],
    [
      ["image", "--output", "x.tar", "--binary", "/nonexistent"],
      /Cannot read "\/nonexistent": there is no such file/,
    ],
  ];
  for (const [args, message] of errors) {
    const { code, stderr } = await runCommandLine(["registry", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
