import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";

/** Where this program's own image is in a cluster. */
export interface ImagePlaces {
  /** Names of the nodes that have it. */
  readonly nodes: readonly string[];
  /** Whether there are nodes that do not. */
  readonly isPartial: boolean;
}

/**
 * Returns the name of this program's own image. No registry goes by this host:
 * whoever has the image got it from a file.
 */
export function ownImage(version: string): string {
  return `k8scr.local/k8scr:${version}`;
}

/**
 * Finds the nodes that have an image. A node tells of its largest images only,
 * 50 unless it is told otherwise.
 *
 * @throws {KubernetesError} when nodes may not be read
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus
 */
export async function findImage(
  api: KubeApi,
  image: string,
): Promise<ImagePlaces> {
  const list = new ConfigObject(await api.get("/api/v1/nodes"));
  const nodes = list.objects("items");
  const having = nodes.filter((node) =>
    node.object("status").objects("images")
      .some((entry) => entry.strings("names").includes(image))
  );
  return {
    nodes: having.map((node) => node.object("metadata").string("name")),
    isPartial: having.length < nodes.length,
  };
}
