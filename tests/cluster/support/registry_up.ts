import { strict as assert } from "node:assert";
import { join } from "node:path";
import project from "../../../deno.json" with { type: "json" };
import {
  apply,
  findProgram,
  importImage,
  kubectl,
  makeImage,
  nodeHasImage,
} from "./cluster.ts";
import {
  type ProgramOptions,
  type ProgramResult,
  runProgram,
} from "./program.ts";

/** The name of the program's own image. */
export const OWN_IMAGE = `k8scr.local/k8scr:${project.version}`;

/** An image of distribution 3 that runs as its own images do. */
export const DISTRIBUTION_IMAGE = "k8scr.test/distribution:up";

/** Runs `k8scr registry …` in a namespace. */
export function registry(
  namespace: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return runProgram(["registry", ...args, "-n", namespace], options);
}

/** Runs `registry up`, which must go well; returns the nodes' address. */
export async function registryUp(
  namespace: string,
  args: readonly string[],
): Promise<string> {
  const { code, stdout, stderr } = await registry(namespace, ["up", ...args]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Pushed an image to \S+ and pulled it back/);
  const address = stdout.trimEnd();
  assert.match(address, /^localhost:\d+$/);
  return address;
}

/**
 * Makes the program's own image, puts it on the nodes, and waits until they
 * tell of it.
 */
export async function importOwnImage(folder: string): Promise<void> {
  const archive = join(folder, "k8scr.tar");
  const made = await runProgram(["registry", "image", "--output", archive]);
  assert.equal(made.code, 0, made.stderr);
  await importImage(archive);
  await kubectl([
    ...["wait", "node", "--all", "--timeout=120s"],
    `--for=jsonpath={.status.images[?(@.names[0]=="${OWN_IMAGE}")].names[0]}=${OWN_IMAGE}`,
  ]);
}

/** Puts {@linkcode DISTRIBUTION_IMAGE} on the nodes. */
export async function importDistribution(folder: string): Promise<void> {
  if (await nodeHasImage(DISTRIBUTION_IMAGE)) return;
  const archive = join(folder, "distribution.tar");
  const config = join(folder, "config.yml");
  // What the image itself says, `registry up` must put right.
  await Deno.writeTextFile(
    config,
    "version: 0.1\nstorage: {filesystem: {rootdirectory: /elsewhere}}\n",
  );
  const program = await findProgram("registry");
  await makeImage(
    ...["--name", DISTRIBUTION_IMAGE, "--out", archive],
    ...["--file", `${program}=bin/registry`, "--file", `${config}=config.yml`],
    ...["--command", "/bin/registry", "serve", "/config.yml"],
  );
  await importImage(archive);
}

/** Runs an image in a Deployment until it is available, and reads its log. */
export async function deploy(
  namespace: string,
  name: string,
  image: string,
): Promise<string> {
  const labels = { app: name };
  await apply({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name, image, imagePullPolicy: "Always" }],
        },
      },
    },
  });
  const target = `deployment/${name}`;
  await kubectl([
    ...["rollout", "status", target, "-n", namespace, "--timeout=120s"],
  ]);
  return await kubectl(["logs", target, "-n", namespace]);
}

/** Deletes a registry's Pod and waits for the next one. */
export async function replacePod(
  namespace: string,
  pod: string,
): Promise<void> {
  await kubectl(["delete", "pod", pod, "-n", namespace]);
  await kubectl([
    ...["rollout", "status", `statefulset/${pod.replace(/-\d+$/, "")}`],
    ...["-n", namespace, "--timeout=120s"],
  ]);
}
