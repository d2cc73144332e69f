import { stringify } from "yaml";
import type { ClusterObject } from "./cluster_object.ts";

/**
 * Writes objects as YAML documents, which kubectl takes as they are: what its
 * parser would read as a number or a truth value is quoted.
 */
export function formatObjects(objects: readonly ClusterObject[]): string {
  return objects
    .map((object) => stringify(object, { version: "1.1", lineWidth: 0 }))
    .join("---\n");
}
