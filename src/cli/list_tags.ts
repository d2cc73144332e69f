import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { WorkLimit } from "../content/work_limit.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import { isIndexType } from "../oci/media_type.ts";
import { formatPlatform, isRunnable } from "../oci/platform.ts";
import { isTag } from "../oci/reference.ts";
import { type DigestTag, parseDigestTag } from "../registry/digest_tag.ts";
import type { Manifest } from "../registry/manifests.ts";
import { RegistryError } from "../registry/registry_error.ts";
import { fetchNamed } from "./image_name.ts";
import {
  type InspectedConfig,
  isImageConfig,
  parseInspectedConfig,
} from "./inspect_config.ts";
import {
  type InspectedNode,
  nodesOf,
  type ReadableRepository,
  readSmallBlob,
  readTree,
  treeSize,
} from "./inspect_tree.ts";

/** What a tag leads to. */
export interface TaggedContent {
  /** Digest of the manifest or index. */
  readonly digest: Digest;
  /** Its media type. */
  readonly mediaType: string;
  /** Bytes of all that it is made of and the registry has. */
  readonly size: number;
  /** When the first of its images was made, RFC 3339. */
  readonly created?: string;
  /** The platforms of its images. */
  readonly platforms: readonly string[];
  /** The manifest that it only tells about, where the tag says so. */
  readonly about?: DigestTag;
  /** Type of the artifact, where it is no image. */
  readonly artifactType?: string;
  /** Manifests that its index lists and the registry does not have. */
  readonly missing: readonly Digest[];
}

/** A tag, with what it leads to or why that cannot be read. */
export type ListedTag =
  | { readonly tag: string; readonly content: TaggedContent }
  | { readonly tag: string; readonly fault: string };

/** Requests at once; enough for a way of 100 ms. */
const PARALLEL_READS = 8;

/**
 * Looks at what each tag of a repository leads to. A tag whose content cannot
 * be read is listed as such.
 *
 * @throws {Error} when the registry cannot be reached any more
 */
export function readTags(
  repository: ReadableRepository,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<readonly ListedTag[]> {
  const reader = new TagReader(repository, signal);
  const limit = new WorkLimit(PARALLEL_READS);
  return Promise.all(tags.map((tag) => limit.run(() => reader.read(tag))));
}

class TagReader {
  readonly #repository: ReadableRepository;
  readonly #signal: AbortSignal;
  readonly #limit = new WorkLimit(PARALLEL_READS);
  /** Many tags lead to the same content. */
  readonly #known = new Map<Digest, Promise<TaggedContent>>();

  constructor(repository: ReadableRepository, signal: AbortSignal) {
    this.#repository = repository;
    this.#signal = signal;
  }

  async read(tag: string): Promise<ListedTag> {
    // The list comes from the registry: nothing else may become a path.
    if (!isTag(tag)) return { tag, fault: "Its name is not that of a tag" };
    try {
      const name = { repository: this.#repository.location, tag };
      const manifest = await fetchNamed(this.#repository, name, this.#signal);
      const content = await this.#contentOf(manifest);
      const about = aboutOf(tag, manifest.descriptor);
      if (about === undefined) return { tag, content };
      return { tag, content: { ...content, platforms: [], about } };
    } catch (error) {
      const fault = faultOf(error);
      if (fault === undefined) throw error;
      return { tag, fault };
    }
  }

  #contentOf(manifest: Manifest): Promise<TaggedContent> {
    const { digest } = manifest.descriptor;
    const content = this.#known.get(digest) ?? this.#readContent(manifest);
    this.#known.set(digest, content);
    return content;
  }

  async #readContent(manifest: Manifest): Promise<TaggedContent> {
    const options = { limit: this.#limit, signal: this.#signal };
    const tree = await readTree(this.#repository, manifest, options);
    const { digest, mediaType } = manifest.descriptor;
    const config = await this.#firstConfig(tree);
    const artifactType = config === undefined ? typeOf(tree) : undefined;
    return {
      digest,
      mediaType,
      size: treeSize(tree),
      ...config?.created !== undefined && { created: config.created },
      platforms: platformsOf(tree, config),
      ...artifactType !== undefined && { artifactType },
      missing: nodesOf(tree).flatMap(({ missing }) =>
        missing.map((child) => child.digest)
      ),
    };
  }

  async #firstConfig(
    tree: InspectedNode,
  ): Promise<InspectedConfig | undefined> {
    const image = nodesOf(tree).find(isImage);
    if (image?.config === undefined) return undefined;
    const { config } = image;
    const bytes = await readSmallBlob(this.#repository, config, this.#signal);
    return parseInspectedConfig(bytes, `the config "${config.digest}"`);
  }
}

/** GitLab takes the tag of a list for the manifest that the list is about. */
function aboutOf(
  tag: string,
  { digest, mediaType }: Descriptor,
): DigestTag | undefined {
  const about = parseDigestTag(tag);
  if (about?.kind !== "referrers") return about;
  return digest !== about.subject && isIndexType(mediaType) ? about : undefined;
}

/** An artifact may have the config of an image, an attestation always has. */
function isImage(node: InspectedNode): boolean {
  const { descriptor, config, artifactType } = node;
  if (config === undefined || !isImageConfig(config.mediaType)) return false;
  if (artifactType !== undefined) return false;
  return descriptor.platform === undefined || isRunnable(descriptor.platform);
}

function platformsOf(
  tree: InspectedNode,
  config: InspectedConfig | undefined,
): readonly string[] {
  const listed = nodesOf(tree).filter(isImage)
    .flatMap(({ descriptor }) => descriptor.platform ?? []);
  const platforms = listed.length > 0
    ? listed
    : config
    ? [config.platform]
    : [];
  return [
    ...new Set(platforms.filter(({ os }) => os !== "").map(formatPlatform)),
  ];
}

function typeOf(tree: InspectedNode): string {
  const { artifactType, config, descriptor } = tree;
  return artifactType ?? config?.mediaType ?? descriptor.mediaType;
}

/** Tells why content cannot be read, if the content is the reason. */
function faultOf(error: unknown): string | undefined {
  const isContent = error instanceof DocumentSyntaxError ||
    error instanceof ContentMismatchError || error instanceof RangeError ||
    error instanceof RegistryError && !error.transient;
  return isContent ? error.message.split("\n", 1)[0] : undefined;
}
