/**
 * Shows the main job on loopback: a registry behind an API server that wants a
 * client certificate, an image in two forms, and both pushed with the program.
 * Nothing is left behind.
 *
 *     deno task demo
 */
import { join } from "node:path";
import { startDemoCluster } from "../tests/support/demo_cluster.ts";
import { writeDockerArchive } from "../tests/support/docker_archives.ts";
import { buildImage } from "../tests/support/images.ts";
import { writeLayout } from "../tests/support/layouts.ts";

/** What is printed in place of the way this script starts the program. */
const PROGRAM = "k8scr";

/** Runs the program as a user does, and prints the command. */
async function runProgram(
  folder: string,
  args: readonly string[],
): Promise<void> {
  console.log(`\n$ ${PROGRAM} ${args.join(" ")}`);
  const program = new URL("../mod.ts", import.meta.url).pathname;
  const config = new URL("../deno.json", import.meta.url).pathname;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--config", config, program, ...args],
    cwd: folder,
    env: { KUBECONFIG: join(folder, "kubeconfig") },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`Cannot go on: exit code ${code}`);
}

/** Asks the registry itself, and prints the answer. */
async function ask(registryUrl: string, path: string): Promise<void> {
  console.log(`\n$ curl ${registryUrl}${path}`);
  const answer = await fetch(`${registryUrl}${path}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  const text = await answer.text();
  console.log(text.trim());
  if (!answer.ok) throw new Error(`Cannot go on: status ${answer.status}`);
}

async function buildImages(folder: string): Promise<void> {
  const image = buildImage({
    layers: [
      { "etc/os-release": "NAME=demo\n" },
      { "srv/index.html": "<h1>It came through the API server</h1>\n" },
    ],
  });
  await writeDockerArchive(join(folder, "image.tar"), [
    { image, tags: ["ghcr.io/cool/image:1.2"] },
  ]);
  await writeLayout(join(folder, "oci-dir"), [{ content: image, name: "1.2" }]);
}

async function demo(folder: string): Promise<void> {
  await using cluster = await startDemoCluster(folder);
  console.log(`API server (client certificates):  ${cluster.server}`);
  console.log(`registry, in the Pod "k8scr":       ${cluster.registryUrl}`);
  await Deno.writeTextFile(join(folder, "kubeconfig"), cluster.kubeconfig);
  await buildImages(folder);
  console.log(`\n$ export KUBECONFIG=${join(folder, "kubeconfig")}`);
  console.log(`$ cd ${folder}`);
  await runProgram(folder, ["push", "./image.tar"]);
  await runProgram(folder, ["push", "oci-dir/"]);
  await runProgram(folder, ["push", "./image.tar", "--dry-run"]);
  await ask(cluster.registryUrl, "/v2/_catalog");
  await ask(cluster.registryUrl, "/v2/cool/image/tags/list");
  await ask(cluster.registryUrl, "/v2/oci-dir/manifests/1.2");
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "k8scr-demo-" });
  try {
    await demo(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log("\nBoth images went through the API server.");
}
