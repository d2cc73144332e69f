import { strict as assert } from "node:assert";
import { parse } from "yaml";
import { runCommandLine } from "../command_run.ts";
import { RegistryCluster } from "../registry_cluster.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/infra";

Deno.test("rbac prints a Role and its binding, and asks no cluster", async () => {
  const { code, stdout, stderr } = await runCommandLine([
    ...["rbac", "-n", "infra", "-r", "k8scr-0", "--group", "developers"],
    ...["--user", "jane", "--serviceaccount", "ci:builder"],
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const [role, binding] = stdout.split("---\n").map((text) => parse(text));
  assert.deepEqual(role.rules[0].resourceNames, ["k8scr-0", "k8scr-0:5000"]);
  const subjects: { name: string }[] = binding.subjects;
  assert.deepEqual(subjects.map(({ name }) => name), [
    "jane",
    "developers",
    "builder",
  ]);
});

Deno.test("rbac warns where the names of Pods are not known", async () => {
  const { code, stderr } = await runCommandLine([
    ...["rbac", "-n", "infra", "-r", "deployment/reg", "--user", "jane"],
  ]);
  assert.equal(code, 0);
  assert.match(stderr, /^warning: The Pods of deployment\/reg get their names/);
});

Deno.test("rbac --apply makes the objects", async () => {
  await using server = await RegistryCluster.start();
  const { kubeconfig, cluster } = server;
  const env = { KUBECONFIG: kubeconfig };
  const args = ["rbac", "--user", "jane", "--apply"];
  const first = await runCommandLine(args, { env });
  assert.equal(first.code, 0, first.stderr);
  assert.equal(
    first.stdout,
    "role/k8scr-push created\nrolebinding/k8scr-push created\n",
  );
  assert.deepEqual([...cluster.objects.keys()], [
    `${RBAC}/roles/k8scr-push`,
    `${RBAC}/rolebindings/k8scr-push`,
  ]);
  const again = await runCommandLine([...args, "-o", "json"], { env });
  assert.deepEqual(JSON.parse(again.stdout), {
    objects: [
      { object: "role/k8scr-push", outcome: "unchanged" },
      { object: "rolebinding/k8scr-push", outcome: "unchanged" },
    ],
  });
});

Deno.test("rbac refuses what cannot be, with exit code 2", async () => {
  const lines: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ["--read-only", "--allow-delete"],
      /Cannot use --allow-delete with --read/,
    ],
    [["--serviceaccount", "builder"], /it must be NAMESPACE:NAME/],
    [["-r", "queue/x"], /there is no kind "queue"/],
    [["--replicas", "x"], /Cannot use --replicas "x"/],
  ];
  for (const [args, message] of lines) {
    const { code, stderr } = await runCommandLine(["rbac", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
