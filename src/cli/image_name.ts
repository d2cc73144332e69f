import type { Digest } from "../oci/digest.ts";
import { formatReference, parseReference } from "../oci/reference.ts";
import type { Manifest } from "../registry/manifests.ts";
import { RegistryError } from "../registry/registry_error.ts";

/** An image in the cluster's registry, as it was typed. */
export interface ImageName {
  /** The repository; a registry's host in front of it does not count. */
  readonly repository: string;
  /** The tag, where one was typed. */
  readonly tag?: string;
  /** The digest, where one was typed. */
  readonly digest?: Digest;
}

/** Where a name is looked up. */
export interface ManifestStore {
  /** The repository's name. */
  readonly location: string;
  /** Fetches a manifest by tag or digest; `undefined` when it is not there. */
  fetchManifest(
    reference: string,
    signal?: AbortSignal,
  ): Promise<Manifest | undefined>;
}

/** The tag of a name that has none. */
const DEFAULT_TAG = "latest";

/**
 * Parses the name of an image. A push drops the host of a registry from a name,
 * and so does this.
 *
 * @throws {ReferenceSyntaxError} when the text is not a name
 */
export function parseImageName(text: string): ImageName {
  const { domain: _, ...name } = parseReference(text);
  return name;
}

/** Writes a name as results have it. */
export function formatImageName(name: ImageName): string {
  return formatReference(name);
}

/** Returns what a name is looked up by: digest, tag, or `latest`. */
export function lookupOf({ tag, digest }: ImageName): string {
  return digest ?? tag ?? DEFAULT_TAG;
}

/**
 * Returns the name of another tag in an image's repository; the tag alone where
 * the image has no name, or no more than a tag.
 *
 * @throws {ReferenceSyntaxError} when the name is malformed
 */
export function nameBeside(name: string | undefined, tag: string): string {
  if (name === undefined || !/[/:@]/.test(name)) return tag;
  const { domain, repository } = parseReference(name);
  return formatReference({
    repository,
    tag,
    ...domain !== undefined && { domain },
  });
}

/**
 * Fetches the manifest that a name leads to.
 *
 * @throws {RegistryError} when the repository does not hold it
 */
export async function fetchNamed(
  store: ManifestStore,
  name: ImageName,
  signal?: AbortSignal,
): Promise<Manifest> {
  const lookup = lookupOf(name);
  const manifest = await store.fetchManifest(lookup, signal);
  if (manifest !== undefined) return manifest;
  const kind = name.digest === undefined ? "tag" : "manifest";
  throw new RegistryError(
    `Cannot find the ${kind} "${lookup}" in "${store.location}": the registry does not have it\n` +
      `List what it has: ls ${store.location}`,
    {
      method: "GET",
      path: `/v2/${store.location}/manifests/${lookup}`,
      status: 404,
    },
  );
}
