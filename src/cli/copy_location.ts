import { parseReference, type Reference } from "../oci/reference.ts";
import { locateSource, type SourceLocation } from "./source_location.ts";
import { locateTarget, type TargetLocation } from "./target_location.ts";
import { UsageError } from "./usage_error.ts";

/** Images in a registry, as one end of a copy. */
export interface RegistryLocation {
  /** A registry in a cluster, or one outside of it. */
  readonly kind: "cluster" | "external";
  /** The context of the kubeconfig, where it was typed before the name. */
  readonly context?: string;
  /** Host and port of a registry outside; empty for one in a cluster. */
  readonly host: string;
  /** The image, or the repository, in that registry. */
  readonly image: Reference;
}

/** Where a copy takes images from. */
export type CopySource =
  | { readonly kind: "host"; readonly location: SourceLocation }
  | RegistryLocation;

/** Where a copy brings images to. */
export type CopyTarget =
  | { readonly kind: "host"; readonly location: TargetLocation }
  | RegistryLocation;

/**
 * Recognises the source of a copy: `context:NAME/IMAGE`, `registry:HOST/IMAGE`,
 * what a push takes as source, or else an image of the cluster's registry. A
 * path that exists wins.
 *
 * @throws {UsageError} when it is none of these
 * @throws {ReferenceSyntaxError} when the name of an image is malformed
 */
export async function locateCopySource(text: string): Promise<CopySource> {
  const registry = locateRegistry(text);
  if (registry !== undefined) return registry;
  const location = await locateSource(text);
  return location.kind === "engine" && !location.explicit
    ? inCluster(text)
    : { kind: "host", location };
}

/**
 * Recognises the target of a copy: `context:NAME/IMAGE`, `registry:HOST/IMAGE`,
 * what a pull takes as target, or else an image of the cluster's registry.
 *
 * @throws {UsageError} when it is none of these
 * @throws {ReferenceSyntaxError} when the name of an image is malformed
 */
export async function locateCopyTarget(text: string): Promise<CopyTarget> {
  const registry = locateRegistry(text);
  if (registry !== undefined) return registry;
  const location = await locateTarget(text);
  return location === undefined ? inCluster(text) : { kind: "host", location };
}

function locateRegistry(text: string): RegistryLocation | undefined {
  const [, word, place = "", name] =
    /^(context|registry):([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  if (word === undefined) return undefined;
  if (name === undefined || name === "") {
    throw new UsageError(`Cannot use "${text}": it names no image`, {
      recommendation: `Put the image behind it: ${word}:${place}/NAME`,
    });
  }
  return word === "registry"
    ? { kind: "external", host: place, image: withoutHost(name, text) }
    : {
      kind: "cluster",
      context: place,
      host: "",
      image: withoutHost(name, text),
    };
}

function inCluster(text: string): RegistryLocation {
  return { kind: "cluster", host: "", image: withoutHost(text, text) };
}

/** A host in a name is the registry itself, or a mistake. */
function withoutHost(name: string, text: string): Reference {
  const image = parseReference(name);
  if (image.domain === undefined) return image;
  throw new UsageError(
    `Cannot use "${text}": "${image.domain}" is the host of a registry outside of the cluster`,
    { recommendation: `Say so: registry:${name}` },
  );
}
