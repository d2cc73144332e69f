import { ConfigObject } from "./config_object.ts";
import type { KubeApi } from "./kube_api.ts";
import { KubernetesError } from "./status_error.ts";

/** First versions that unpack layers in zstd, by the runtime's name. */
const ZSTD_SINCE: Readonly<Record<string, readonly [number, number]>> = {
  "containerd": [1, 5],
  "cri-o": [1, 20],
};

/**
 * Tells whether the container runtime of every node takes layers in zstd; no
 * where that cannot be read.
 *
 * @throws {ConnectionError} when the API server does not answer
 */
export async function nodesTakeZstd(api: KubeApi): Promise<boolean> {
  const versions = await runtimeVersions(api);
  return versions.length > 0 && versions.every(takesZstd);
}

async function runtimeVersions(api: KubeApi): Promise<readonly string[]> {
  try {
    const nodes = new ConfigObject(await api.get("/api/v1/nodes"));
    return nodes.objects("items").map((node) =>
      node.object("status").object("nodeInfo").string("containerRuntimeVersion")
    );
  } catch (error) {
    // Whoever may push need not be allowed to read nodes.
    if (error instanceof KubernetesError && !error.transient) return [];
    throw error;
  }
}

function takesZstd(version: string): boolean {
  const [, name = "", major, minor] = /^([^:]+):\/\/v?(\d+)\.(\d+)/.exec(
    version,
  ) ?? [];
  const since = ZSTD_SINCE[name];
  if (since === undefined) return false;
  return Number(major) > since[0] ||
    Number(major) === since[0] && Number(minor) >= since[1];
}
