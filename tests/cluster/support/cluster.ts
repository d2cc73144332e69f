import { join, resolve } from "node:path";
import { runCommand, succeed } from "./command.ts";

/** A Kubernetes object, as `kubectl apply` takes it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** Users that the test cluster knows. */
export type ClusterUser = "admin" | "pusher" | "token" | "nobody";

/** The root of the repository. */
export const ROOT = resolve(import.meta.dirname ?? ".", "../../..");

/**
 * Path of the program that runs the test cluster: `K8SCR_CLUSTER_TOOL`, else
 * the one beside the repository.
 */
export function clusterTool(): string {
  return Deno.env.get("K8SCR_CLUSTER_TOOL") ??
    join(ROOT, "../shared/cluster/cluster");
}

/** Path of the kubeconfig that signs in as a user of the test cluster. */
export function kubeconfigOf(user: ClusterUser): string {
  return join(clusterFolder(), `${user}.kubeconfig`);
}

/** Runs kubectl as administrator and returns what it prints. */
export function kubectl(
  args: readonly string[],
  input?: string,
): Promise<string> {
  return succeed(
    ["kubectl", "--kubeconfig", kubeconfigOf("admin"), ...args],
    input === undefined ? {} : { input },
  );
}

/** Creates or changes objects. */
export async function apply(...manifests: Manifest[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  await kubectl(["apply", "-f", "-"], JSON.stringify(list));
}

/** Waits until a Pod is ready. */
export async function waitForPod(
  namespace: string,
  pod: string,
): Promise<void> {
  await kubectl([
    ...["wait", "pod", pod, "-n", namespace],
    ...["--for=condition=Ready", "--timeout=120s"],
  ]);
}

/** Runs a test's body in a namespace of its own and deletes it afterwards. */
export async function withNamespace(
  purpose: string,
  body: (namespace: string) => Promise<void>,
): Promise<void> {
  const namespace = `${purpose}-${crypto.randomUUID().slice(0, 8)}`;
  await kubectl(["create", "namespace", namespace]);
  try {
    // No Pod can be made before; it is late after a crash of the API server.
    await kubectl([
      ...["wait", "serviceaccount/default", "-n", namespace],
      ...["--for=create", "--timeout=120s"],
    ]);
    await body(namespace);
  } finally {
    await kubectl(["delete", "namespace", namespace, "--wait=false"]);
    await kubectl(["delete", "pod", "--all", "-n", namespace, "--now"]);
  }
}

/** Puts an image into the image store of every node. */
export async function importImage(archive: string): Promise<void> {
  await succeed([clusterTool(), "image", archive]);
}

/** Tells whether the first node's image store has an image. */
export async function nodeHasImage(name: string): Promise<boolean> {
  const images = await succeed([
    ...[clusterTool(), "on", "1"],
    ...["ctr", "-n", "k8s.io", "images", "list", "--quiet"],
  ]);
  return images.split("\n").includes(name);
}

/**
 * Kills the API server and waits until a new one answers. The port may be in
 * use for a moment after the kill, so that the new one does not start at once.
 */
export async function crashApiServer(): Promise<void> {
  const command = [clusterTool(), "restart-apiserver", "KILL"];
  const { code, stderr } = await runCommand(command);
  if (code === 0) return;
  if (!stderr.includes("address already in use")) throw new Error(stderr);
  await succeed(command);
}

/** Builds an image with the test cluster's own `make_image.py`. */
export async function makeImage(...args: string[]): Promise<void> {
  const script = join(clusterTool(), "..", "make_image.py");
  await succeed(["python3", script, ...args]);
}

/** Returns the path of a program that is on `PATH`. */
export async function findProgram(name: string): Promise<string> {
  const { code, stdout } = await runCommand(
    ["sh", "-c", 'command -v "$0"', name],
  );
  if (code === 0) return stdout.trim();
  throw new Error(`Cannot find "${name}" on PATH: the cluster tests need it`);
}

/** Returns a TCP port of this host that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function clusterFolder(): string {
  const folder = Deno.env.get("K8SCR_CLUSTER");
  if (folder !== undefined) return folder;
  throw new Error(
    "Cannot run the cluster tests: K8SCR_CLUSTER is not set\n" +
      'Start a cluster: eval "$(../shared/cluster/cluster up --node)"',
  );
}
