import { blobPath } from "../layout/blob_path.ts";
import type { WrittenName } from "../layout/written_images.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageManifest, parseImageManifest } from "../oci/manifest.ts";
import {
  isIndexType,
  isNonDistributable,
  MediaType,
} from "../oci/media_type.ts";
import { parseReference } from "../oci/reference.ts";

/** Content that a docker-archive cannot hold. */
export class NotForDockerError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "NotForDockerError";
  /** What the user can do. */
  readonly recommendation: string;

  /** Makes the error for an image. */
  constructor(image: string, reason: string, recommendation: string) {
    super(`Cannot write "${image}" into a docker-archive: ${reason}`);
    this.recommendation = recommendation;
  }
}

const USE_OCI = "Write an OCI archive or a layout: oci-archive:FILE, oci:DIR";

/**
 * Writes the `manifest.json` of a docker-archive for images whose blobs are
 * stored as in an OCI layout, as `docker save` has it since Docker 25.
 *
 * @throws {NotForDockerError} when one of them is no image of one platform
 * @see https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format
 */
export function dockerManifest(
  names: readonly WrittenName[],
  manifests: ReadonlyMap<Digest, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const images = new Map<Digest, { manifest: ImageManifest; tags: string[] }>();
  for (const { descriptor, name } of names) {
    const { digest, mediaType } = descriptor;
    const shown = name ?? digest;
    const bytes = manifests.get(digest);
    if (isIndexType(mediaType) || bytes === undefined) {
      throw new NotForDockerError(
        shown,
        "it has several platforms",
        `Choose one with --platform, or keep all. ${USE_OCI}`,
      );
    }
    const image = images.get(digest) ?? {
      manifest: parseImageManifest(bytes, `the manifest ${digest}`),
      tags: [],
    };
    checkImage(shown, image.manifest);
    if (name !== undefined) image.tags.push(...taggedName(name));
    images.set(digest, image);
  }
  const items = [...images.values()].map(({ manifest, tags }) => ({
    Config: blobPath(manifest.config.digest),
    RepoTags: tags,
    Layers: manifest.layers.map(({ digest }) => blobPath(digest)),
  }));
  return new TextEncoder().encode(JSON.stringify(items));
}

/** Docker refuses a name without a tag, and knows none with a digest. */
function taggedName(name: string): readonly string[] {
  const { tag, digest } = parseReference(name);
  if (tag !== undefined) return [name];
  return digest === undefined ? [`${name}:latest`] : [];
}

function checkImage(name: string, { config, layers }: ImageManifest): void {
  const isImage = config.mediaType === MediaType.OCI_CONFIG ||
    config.mediaType === MediaType.DOCKER_CONFIG;
  if (!isImage) {
    throw new NotForDockerError(
      name,
      `it is no container image but "${config.mediaType}"`,
      USE_OCI,
    );
  }
  const absent = layers.find(({ mediaType }) => isNonDistributable(mediaType));
  if (absent === undefined) return;
  throw new NotForDockerError(
    name,
    `its layer ${absent.digest} must not be distributed`,
    USE_OCI,
  );
}
