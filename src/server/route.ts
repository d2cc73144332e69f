import { type Digest, digestAlgorithm, parseDigest } from "../oci/digest.ts";
import { isRepository, isTag } from "../oci/reference.ts";
import { ApiError } from "./api_error.ts";

/** What a manifest is asked for by. */
export type ManifestReference =
  | { readonly tag: string }
  | { readonly digest: Digest };

/** What a path of the registry names. */
export type Route =
  | { readonly kind: "base" | "catalog" | "healthz" | "readyz" | "metrics" }
  | {
    readonly kind: "blob" | "referrers";
    readonly repository: string;
    readonly digest: Digest;
  }
  | { readonly kind: "uploads" | "tags"; readonly repository: string }
  | {
    readonly kind: "upload";
    readonly repository: string;
    readonly id: string;
  }
  | {
    readonly kind: "manifest";
    readonly repository: string;
    readonly reference: ManifestReference;
  };

const FIXED: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/healthz", { kind: "healthz" }],
  ["/readyz", { kind: "readyz" }],
  ["/metrics", { kind: "metrics" }],
  ["/v2", { kind: "base" }],
  ["/v2/", { kind: "base" }],
  ["/v2/_catalog", { kind: "catalog" }],
]);

/** Longest path that is looked at: a repository, a digest and the words. */
const MAX_PATH = 2048;

/**
 * Reads a path as it is in the request. It is percent-decoded once and read
 * from its end, because a repository may have any number of components, which
 * may be called `blobs` or `tags` too.
 *
 * @returns `undefined` when the path names nothing of a registry
 * @throws {ApiError} 400 when a name, tag or digest is malformed
 */
export function parseRoute(rawPath: string): Route | undefined {
  if (rawPath.length > MAX_PATH) {
    throw new ApiError(414, "NAME_INVALID", "Cannot read the path: too long");
  }
  const path = decodePath(rawPath);
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return fixed;
  if (!path.startsWith("/v2/")) return undefined;
  const parts = path.slice("/v2/".length).split("/");
  return parseUploadRoute(parts) ?? parseContentRoute(parts);
}

/**
 * Reads `<name>/blobs/uploads/[<id>]`. The slash at the end may be missing:
 * some proxies take it away.
 */
function parseUploadRoute(parts: readonly string[]): Route | undefined {
  const [word, last] = parts.slice(-2);
  if (word === "blobs" && last === "uploads") {
    return { kind: "uploads", repository: repository(parts.slice(0, -2)) };
  }
  const [blobs, uploads, id] = parts.slice(-3);
  if (blobs !== "blobs" || uploads !== "uploads" || id === undefined) {
    return undefined;
  }
  const name = repository(parts.slice(0, -3));
  if (id === "") return { kind: "uploads", repository: name };
  return { kind: "upload", repository: name, id };
}

/** Reads `<name>/<word>/<last>`. */
function parseContentRoute(parts: readonly string[]): Route | undefined {
  const name = parts.slice(0, -2);
  const [word, last = ""] = parts.slice(-2);
  switch (word) {
    case "blobs":
    case "referrers": {
      const kind = word === "blobs" ? "blob" : "referrers";
      return { kind, repository: repository(name), digest: digestOf(last) };
    }
    case "manifests":
      return {
        kind: "manifest",
        repository: repository(name),
        reference: last.includes(":")
          ? { digest: digestOf(last) }
          : { tag: tagOf(last) },
      };
    case "tags":
      if (last !== "list") return undefined;
      return { kind: "tags", repository: repository(name) };
    default:
      return undefined;
  }
}

function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch (error) {
    throw new ApiError(
      400,
      "NAME_INVALID",
      "Cannot read the path: its percent-encoding is malformed",
      { cause: error },
    );
  }
}

/**
 * Takes a text as a repository name.
 *
 * @throws {ApiError} 400 when it is not one
 */
export function repository(parts: readonly string[]): string {
  const name = parts.join("/");
  if (isRepository(name)) return name;
  throw new ApiError(
    400,
    "NAME_INVALID",
    `Cannot use the repository "${name}": it is not a repository name`,
  );
}

/**
 * Takes a text as a digest that this registry can verify.
 *
 * @throws {ApiError} 400 when it is not one
 */
export function digestOf(text: string): Digest {
  try {
    const digest = parseDigest(text);
    digestAlgorithm(digest);
    return digest;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ApiError(400, "DIGEST_INVALID", message, { cause: error });
  }
}

/**
 * Takes a text as a tag.
 *
 * @throws {ApiError} 400 when it is not one
 */
export function tagOf(text: string): string {
  if (isTag(text)) return text;
  throw new ApiError(
    400,
    "TAG_INVALID",
    `Cannot use the tag "${text}": it is not a tag`,
  );
}
