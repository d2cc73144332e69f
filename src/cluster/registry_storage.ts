/** Where a registry keeps its content. */
export type RegistryStorage =
  /** A claim of its own; it is there when the Pod comes back. */
  | { readonly kind: "pvc"; readonly size?: string }
  /** A folder of the node. */
  | { readonly kind: "hostPath"; readonly path: string }
  /** A folder, or memory, that goes with the Pod. */
  | { readonly kind: "emptyDir" | "memory"; readonly size?: string };

/**
 * What a size may look like.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const QUANTITY = /^[1-9][0-9]*(?:\.[0-9]+)?(?:[KMGTPE]i|[kMGTPE])?$/;

/**
 * Parses `pvc[:SIZE]`, `hostPath:FOLDER`, `emptyDir[:SIZE]` or
 * `memory[:SIZE]`; `undefined` when it is none of them.
 */
export function parseStorage(text: string): RegistryStorage | undefined {
  const [, kind, rest] = /^([A-Za-z]+)(?::(.*))?$/s.exec(text) ?? [];
  if (kind === "hostPath") {
    const path = rest?.replace(/(?<=.)\/+$/, "") ?? "";
    return isFolder(path) ? { kind, path } : undefined;
  }
  if (rest !== undefined && !QUANTITY.test(rest)) return undefined;
  switch (kind) {
    case "pvc":
    case "emptyDir":
    case "memory":
      return { kind, ...rest !== undefined && { size: rest } };
    default:
      return undefined;
  }
}

/** Writes it as {@linkcode parseStorage} takes it. */
export function formatStorage(storage: RegistryStorage): string {
  const detail = storage.kind === "hostPath" ? storage.path : storage.size;
  return detail === undefined ? storage.kind : `${storage.kind}:${detail}`;
}

/** Tells whether content is in the same place; a claim may grow. */
export function isSamePlace(a: RegistryStorage, b: RegistryStorage): boolean {
  if (a.kind === "hostPath" && b.kind === "hostPath") return a.path === b.path;
  return a.kind === b.kind;
}

/** Tells whether content outlives the Pod. */
export function isLasting({ kind }: RegistryStorage): boolean {
  return kind === "pvc" || kind === "hostPath";
}

/** Kubernetes refuses a path with `..`; the root would be the whole node. */
function isFolder(path: string): boolean {
  return path.startsWith("/") && path !== "/" &&
    !path.split("/").includes("..");
}
