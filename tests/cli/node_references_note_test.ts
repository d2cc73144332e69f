import { strict as assert } from "node:assert";
import { corePath } from "../cluster_parts/memory_cluster.ts";
import { buildImage } from "../support/images.ts";
import { writeLayout } from "../support/layouts.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { type CommandRun, runCommandLine } from "./command_run.ts";
import { RegistryCluster } from "./registry_cluster.ts";

const SERVICE = corePath("services", "k8scr");
const UP = ["registry", "up", "--image", "registry:3", "--storage", "emptyDir"];

interface Scene {
  readonly registry: RegistryCluster;
  readonly folder: TempDir;
  readonly layout: string;
  run(...args: readonly string[]): Promise<CommandRun>;
}

/** Runs an action with what `registry up` made, and an image. */
async function withRegistry(
  action: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using registry = await RegistryCluster.start();
  await using folder = await tempDir();
  const layout = folder.file("layout");
  await writeLayout(layout, [{ content: buildImage(), name: "cool/app:1" }]);
  const env = { KUBECONFIG: registry.kubeconfig };
  const run = (...args: readonly string[]) => runCommandLine(args, { env });
  const up = await run(...UP);
  assert.equal(up.code, 0, up.stderr);
  registry.cluster.requests.length = 0;
  await action({ registry, folder, layout, run });
}

/** The requests for the registry's Service. */
function lookups({ cluster }: RegistryCluster): readonly string[] {
  return cluster.requests.filter((line) => line === `GET ${SERVICE}`);
}

Deno.test("push prints what Pod specs say, on standard error", async () => {
  await withRegistry(async ({ registry, layout, run }) => {
    for (const flags of [[], ["-r", "k8scr-0"], ["-r", "k8scr-0:5000"]]) {
      const { code, stdout, stderr } = await run("push", layout, ...flags);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^cool\/app:1@sha256:[0-9a-f]{64}\n$/);
      assert.match(
        stderr,
        /\nPod specs use: image: localhost:30123\/cool\/app:1\n$/,
      );
    }
    assert.equal(lookups(registry).length, 3);
    const { stdout, stderr } = await run("push", layout, "-q", "-o", "json");
    assert.equal(stderr, "");
    const { images: [image] } = JSON.parse(stdout);
    assert.deepEqual(image.nodeReferences, ["localhost:30123/cool/app:1"]);
  });
});

Deno.test("copy prints what Pod specs say of a registry in the cluster", async () => {
  await withRegistry(async ({ registry, folder, layout, run }) => {
    const into = await run("copy", layout, "apps/other:2");
    assert.equal(into.code, 0, into.stderr);
    assert.match(
      into.stderr,
      /\nPod specs use: image: localhost:30123\/apps\/other:2\n$/,
    );
    const within = await run(
      ...["copy", "apps/other:2", "apps/other:3", "-o", "json"],
    );
    const { images: [image] } = JSON.parse(within.stdout);
    assert.deepEqual(image.nodeReferences, ["localhost:30123/apps/other:3"]);
    assert.equal(lookups(registry).length, 2);
    const out = await run("copy", "apps/other:3", folder.file("out/"));
    assert.equal(out.code, 0, out.stderr);
    assert.doesNotMatch(out.stderr, /Pod specs/);
    assert.equal(lookups(registry).length, 2);
  });
});

Deno.test("push says nothing to whoever may not read the Service", async () => {
  await withRegistry(async ({ registry, layout, run }) => {
    registry.cluster.refusals.set(`GET ${SERVICE}`, 403);
    const { code, stderr } = await run("push", layout);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /Pod specs|Service|403/);
    assert.equal(lookups(registry).length, 1);
    const { stdout } = await run("push", layout, "-o", "json");
    const { images: [image] } = JSON.parse(stdout);
    assert.equal("nodeReferences" in image, false);
  });
});

Deno.test("push asks for no Service in a dry run", async () => {
  await withRegistry(async ({ registry, layout, run }) => {
    const { code, stderr } = await run("push", layout, "--dry-run");
    assert.equal(code, 0, stderr);
    assert.deepEqual(lookups(registry), []);
  });
});
