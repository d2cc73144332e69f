import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { type Digest, digestEncoded, digestOf } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import type { Platform } from "../../src/oci/platform.ts";
import { buildTar, toBytes } from "./tar_builder.ts";

/** Files of a layer: name to content. */
export type LayerFiles = Readonly<Record<string, string>>;

/** How the blobs of layers are stored. */
export type LayerCompression = "gzip" | "zstd" | "none";

/** A layer in all its forms. */
export interface BuiltLayer {
  /** The uncompressed tar. */
  readonly tar: Uint8Array<ArrayBuffer>;
  /** Digest of {@linkcode tar}. */
  readonly diffId: Digest;
  /** The layer as it is stored. */
  readonly blob: Uint8Array<ArrayBuffer>;
  /** Describes {@linkcode blob}. */
  readonly descriptor: Descriptor;
}

/** Content with everything that it points to. */
export interface BuiltContent {
  /** Describes the root, a manifest or an index. */
  readonly descriptor: Descriptor;
  /** Bytes of the root. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** All content by digest, the root included. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array<ArrayBuffer>>;
}

/** An image of one platform. */
export interface BuiltImage extends BuiltContent {
  /** Bytes of the config. */
  readonly config: Uint8Array<ArrayBuffer>;
  /** Describes {@linkcode config}. */
  readonly configDescriptor: Descriptor;
  /** The layers, lowest first. */
  readonly layers: readonly BuiltLayer[];
  /** The platform that the config names. */
  readonly platform: Platform;
}

/** Options for {@linkcode buildImage}. */
export interface BuildImageOptions {
  /** Files of each layer, lowest first; default two small layers. */
  readonly layers?: readonly LayerFiles[];
  /** Default linux/amd64. */
  readonly platform?: Platform;
  /** How layers are stored; default gzip. */
  readonly compression?: LayerCompression;
  /** Family of media types; default `oci`. */
  readonly family?: "oci" | "docker";
  /** The manifest that this one is about. */
  readonly subject?: Descriptor;
  /** Type of the artifact. */
  readonly artifactType?: string;
  /** Annotations of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const DEFAULT_LAYERS: readonly LayerFiles[] = [
  { "etc/os-release": "ID=test\n" },
  { "app/run": "#!/bin/sh\necho run\n" },
];

const LAYER_TYPE: Readonly<Record<LayerCompression, string>> = {
  gzip: MediaType.OCI_LAYER_GZIP,
  zstd: MediaType.OCI_LAYER_ZSTD,
  none: MediaType.OCI_LAYER,
};

/** Builds an image in memory. The same options give the same digests. */
export function buildImage(options: BuildImageOptions = {}): BuiltImage {
  const platform = options.platform ?? { os: "linux", architecture: "amd64" };
  const layers = (options.layers ?? DEFAULT_LAYERS).map((files) =>
    buildLayer(files, options)
  );
  const config = buildConfig(platform, layers);
  const configDescriptor = describe(
    config,
    options.family === "docker"
      ? MediaType.DOCKER_CONFIG
      : MediaType.OCI_CONFIG,
  );
  const { descriptor, bytes } = buildManifest(
    configDescriptor,
    layers.map((layer) => layer.descriptor),
    options,
  );
  const blobs = new Map([
    [descriptor.digest, bytes],
    [configDescriptor.digest, config],
    ...layers.map((layer) => [layer.descriptor.digest, layer.blob] as const),
  ]);
  return {
    descriptor,
    bytes,
    blobs,
    config,
    configDescriptor,
    layers,
    platform,
  };
}

/** Builds a manifest of a config and layers. */
export function buildManifest(
  config: Descriptor,
  layers: readonly Descriptor[],
  options: BuildImageOptions = {},
): Pick<BuiltContent, "bytes" | "descriptor"> {
  const mediaType = options.family === "docker"
    ? MediaType.DOCKER_MANIFEST
    : MediaType.OCI_MANIFEST;
  const { artifactType, subject, annotations } = options;
  const bytes = toJson({
    schemaVersion: 2,
    mediaType,
    ...artifactType !== undefined && { artifactType },
    config,
    layers,
    ...subject && { subject },
    ...annotations && { annotations },
  });
  return { bytes, descriptor: describe(bytes, mediaType) };
}

/** Options for {@linkcode buildIndex}. */
export interface BuildIndexOptions {
  /** Family of media types; default `oci`. */
  readonly family?: "oci" | "docker";
  /** Digests that the index lists and whose content is left out. */
  readonly without?: readonly Digest[];
}

/** Builds an index of images or of other indexes. */
export function buildIndex(
  children: readonly BuiltContent[],
  options: BuildIndexOptions = {},
): BuiltContent {
  const mediaType = options.family === "docker"
    ? MediaType.DOCKER_INDEX
    : MediaType.OCI_INDEX;
  const bytes = toJson({
    schemaVersion: 2,
    mediaType,
    manifests: children.map((child) => ({
      ...child.descriptor,
      ...isBuiltImage(child) && { platform: child.platform },
    })),
  });
  const descriptor = describe(bytes, mediaType);
  const blobs = new Map([
    [descriptor.digest, bytes],
    ...children.flatMap((child) => [...child.blobs]),
  ]);
  for (const digest of options.without ?? []) blobs.delete(digest);
  return { descriptor, bytes, blobs };
}

/** Builds a layer. */
export function buildLayer(
  files: LayerFiles,
  options: Pick<BuildImageOptions, "compression" | "family"> = {},
): BuiltLayer {
  const compression = options.compression ?? "gzip";
  const tar = buildTar(
    Object.entries(files).map(([name, data]) => ({ name, data })),
  );
  const blob = compress(tar, compression);
  const mediaType = options.family === "docker"
    ? MediaType.DOCKER_LAYER_GZIP
    : LAYER_TYPE[compression];
  return {
    tar,
    diffId: digestOf(tar),
    blob,
    descriptor: describe(blob, mediaType),
  };
}

/** Describes bytes that are in memory. */
export function describe(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** Returns the path of a blob in a layout. */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(":"))}/${
    digestEncoded(digest)
  }`;
}

/** Writes a value as JSON, the same bytes for the same value. */
export function toJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBytes(JSON.stringify(value)));
}

function isBuiltImage(content: BuiltContent): content is BuiltImage {
  return "config" in content;
}

function buildConfig(
  platform: Platform,
  layers: readonly BuiltLayer[],
): Uint8Array<ArrayBuffer> {
  return toJson({
    ...platform,
    created: "2024-01-02T03:04:05Z",
    config: { Cmd: ["/app/run"] },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created_by: "test" })),
  });
}

function compress(
  tar: Uint8Array<ArrayBuffer>,
  compression: LayerCompression,
): Uint8Array<ArrayBuffer> {
  if (compression === "none") return tar;
  return new Uint8Array(
    compression === "gzip" ? gzipSync(tar) : zstdCompressSync(tar),
  );
}
