/**
 * Media types of images and artifacts, OCI's and Docker's.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md
 */
export const MediaType = {
  OCI_MANIFEST: "application/vnd.oci.image.manifest.v1+json",
  OCI_INDEX: "application/vnd.oci.image.index.v1+json",
  OCI_CONFIG: "application/vnd.oci.image.config.v1+json",
  OCI_EMPTY: "application/vnd.oci.empty.v1+json",
  OCI_LAYER: "application/vnd.oci.image.layer.v1.tar",
  OCI_LAYER_GZIP: "application/vnd.oci.image.layer.v1.tar+gzip",
  OCI_LAYER_ZSTD: "application/vnd.oci.image.layer.v1.tar+zstd",
  DOCKER_MANIFEST: "application/vnd.docker.distribution.manifest.v2+json",
  DOCKER_INDEX: "application/vnd.docker.distribution.manifest.list.v2+json",
  DOCKER_CONFIG: "application/vnd.docker.container.image.v1+json",
  DOCKER_LAYER_GZIP: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** The manifest types every manifest request must list in `Accept`. */
export const MANIFEST_TYPES: readonly string[] = [
  MediaType.OCI_MANIFEST,
  MediaType.OCI_INDEX,
  MediaType.DOCKER_MANIFEST,
  MediaType.DOCKER_INDEX,
];

/** Tells whether content of this type is a manifest of one image or artifact. */
export function isManifestType(mediaType: string): boolean {
  return mediaType === MediaType.OCI_MANIFEST ||
    mediaType === MediaType.DOCKER_MANIFEST;
}

/** Tells whether content of this type is an index of other manifests. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MediaType.OCI_INDEX ||
    mediaType === MediaType.DOCKER_INDEX;
}

/** How the bytes of a layer are compressed. */
export type Compression = "gzip" | "zstd" | "none";

/** The type of a layer by its compression. */
export const LAYER_TYPES: Readonly<Record<Compression, string>> = {
  gzip: MediaType.OCI_LAYER_GZIP,
  zstd: MediaType.OCI_LAYER_ZSTD,
  none: MediaType.OCI_LAYER,
};

/**
 * Tells how a layer of this type is compressed; `undefined` for what is no
 * layer of an image.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md
 */
export function layerCompression(mediaType: string): Compression | undefined {
  const layer = /\.(?:tar|diff\.tar)(?:[.+](gzip|zstd))?$/.exec(mediaType);
  if (layer === null) return undefined;
  return layer[1] === "gzip" || layer[1] === "zstd" ? layer[1] : "none";
}

/**
 * Tells whether layers of this type must not be distributed: they are absent
 * from most archives, and a registry accepts a manifest without them.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#non-distributable-layers
 */
export function isNonDistributable(mediaType: string): boolean {
  return mediaType.startsWith(
    "application/vnd.oci.image.layer.nondistributable.",
  ) ||
    mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.");
}
