import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import type {
  ImageDraft,
  ImageSource,
  LayerDraft,
  SourceImage,
} from "../content/image_source.ts";
import { parseImageConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import {
  type Digest,
  digestAlgorithm,
  digestOf,
  isDigest,
} from "../oci/digest.ts";
import { type Compression, isNonDistributable } from "../oci/media_type.ts";
import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";
import {
  type DockerManifestItem,
  parseDockerManifest,
} from "./docker_manifest.ts";
import { fingerprintFile } from "./file_section.ts";
import { layerEncoding } from "./layer_compression.ts";
import { draftLayer, type LayerSettings } from "./layer_draft.ts";
import { LayerPool } from "./layer_pool.ts";
import type { TarArchive, TarEntry } from "./tar_archive.ts";

/** Options for {@linkcode openDockerArchive}. */
export interface DockerArchiveOptions {
  /**
   * How layers that are plain tars are sent. Layers that are compressed already
   * are sent as they are.
   *
   * @default {"gzip"}
   */
  readonly compression?: Compression;
  /**
   * Level of the compression: gzip 1 to 9, zstd 1 to 19.
   *
   * @default {1}
   */
  readonly level?: number;
  /**
   * Most worker threads at a time.
   *
   * @default {min(hardwareConcurrency, 4)}
   */
  readonly workers?: number;
  /** Ends all reading of layers. */
  readonly signal?: AbortSignal;
}

/** `manifest.json` of an archive with thousands of images is smaller. */
const MAX_MANIFEST_SIZE = 16 * 1024 * 1024;

/** As much as skopeo and podman accept. */
const MAX_CONFIG_SIZE = 4 * 1024 * 1024;

/**
 * Opens the docker-archive view of a tar: what `docker save`, podman, skopeo,
 * crane, kaniko, Bazel and Nix write. Each image is an {@linkcode ImageDraft}
 * with the config byte for byte and layers that are compressed, hashed and
 * checked against their diffID in worker threads while they are read.
 *
 * Closing the source closes the tar too; when opening fails, the tar stays open.
 *
 * @throws {ArchiveError} when the tar has no `manifest.json`
 * @throws {DocumentSyntaxError} when it is not a docker-archive's
 * @throws {RangeError} when there is no such level or number of threads
 */
export async function openDockerArchive(
  tar: TarArchive,
  options: DockerArchiveOptions = {},
): Promise<ImageSource> {
  const encoding = layerEncoding(options.compression ?? "gzip", options.level);
  const entry = tar.entry("manifest.json");
  if (entry === undefined) {
    throw new ArchiveError(tar.location, "it has no manifest.json");
  }
  const items = parseDockerManifest(
    await tar.read(entry, MAX_MANIFEST_SIZE),
    documentName(tar, "manifest.json"),
  );
  const fingerprint = await fingerprintFile(tar.path);
  const pool = new LayerPool(options);
  return new DockerArchive(items, { tar, encoding, fingerprint, pool });
}

class DockerArchive implements ImageSource {
  readonly location: string;
  readonly warnings: readonly string[] = [];
  readonly #items: readonly DockerManifestItem[];
  readonly #settings: LayerSettings;
  readonly #configs = new Map<Digest, Uint8Array<ArrayBuffer>>();
  readonly #plainLayers = new Map<Digest, TarEntry>();
  readonly #drafts = new Map<string, LayerDraft>();
  #images?: Promise<readonly SourceImage[]>;

  constructor(items: readonly DockerManifestItem[], settings: LayerSettings) {
    this.location = settings.tar.location;
    this.#items = items;
    this.#settings = settings;
  }

  images(): Promise<readonly SourceImage[]> {
    return this.#images ??= this.#readImages();
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    await this.images();
    return this.#configs.has(descriptor.digest) ||
      this.#plainLayers.has(descriptor.digest);
  }

  async open(
    descriptor: Descriptor,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array>> {
    await this.images();
    const config = this.#configs.get(descriptor.digest);
    if (config !== undefined) {
      return new Blob([config.subarray(offset)]).stream();
    }
    const layer = this.#plainLayers.get(descriptor.digest);
    if (layer !== undefined) {
      return await this.#settings.tar.open(layer, offset);
    }
    throw new ArchiveError(
      this.location,
      `it has no content with the digest ${descriptor.digest}`,
    );
  }

  async close(): Promise<void> {
    this.#settings.pool.close();
    await this.#settings.tar.close();
  }

  async #readImages(): Promise<readonly SourceImage[]> {
    const images: SourceImage[] = [];
    for (const item of this.#items) {
      const root = await this.#readImage(item);
      images.push({ names: item.names, root });
    }
    return images;
  }

  async #readImage(item: DockerManifestItem): Promise<ImageDraft> {
    const { tar } = this.#settings;
    const config = await readConfig(tar, item.config);
    const { platform, diffIds } = parseImageConfig(
      config,
      documentName(tar, item.config),
    );
    if (item.layers.length !== diffIds.length) {
      throw new ArchiveError(
        tar.location,
        `manifest.json lists ${item.layers.length} layers, and this config ${diffIds.length}`,
        { entry: item.config },
      );
    }
    this.#configs.set(digestOf(config), config);
    const layers: LayerDraft[] = [];
    for (const [index, diffId] of diffIds.entries()) {
      layers.push(await this.#draftLayer(item, index, diffId));
    }
    return { config, platform, layers };
  }

  /** One draft for one stored layer, so that images share what was found out. */
  async #draftLayer(
    item: DockerManifestItem,
    index: number,
    diffId: Digest,
  ): Promise<LayerDraft> {
    // Refuses a digest that cannot be verified before any work is done.
    digestAlgorithm(diffId);
    const path = item.layers[index] ?? "";
    const entry = this.#settings.tar.entry(path) ??
      missingLayer(this.location, item, { path, diffId });
    const key = `${diffId} ${entry.offset}`;
    const known = this.#drafts.get(key);
    if (known !== undefined) return known;
    const { draft, plain } = await draftLayer(entry, diffId, this.#settings);
    if (plain) this.#plainLayers.set(diffId, entry);
    this.#drafts.set(key, draft);
    return draft;
  }
}

async function readConfig(
  tar: TarArchive,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const entry = tar.entry(path);
  if (entry === undefined) {
    throw new ArchiveError(
      tar.location,
      "it is not there, and manifest.json lists it as a config",
      { entry: path },
    );
  }
  const bytes = new Uint8Array(await tar.read(entry, MAX_CONFIG_SIZE));
  checkName(tar, path, bytes);
  return bytes;
}

/** A name that is a digest is a promise that the producer made. */
function checkName(tar: TarArchive, path: string, bytes: Uint8Array): void {
  const expected = digestInName(path);
  if (expected === undefined) return;
  const digest = digestOf(bytes, digestAlgorithm(expected));
  if (digest === expected) return;
  throw new ContentMismatchError(
    `Cannot accept the config ${quote(path)} in ${
      quote(tar.location)
    }: its digest is ${digest}, must be ${expected} as its name says`,
    { digest: expected },
    { digest },
  );
}

/**
 * Finds the digest in a config's name: `<hex>.json` (docker, podman, skopeo),
 * `sha256:<hex>` (crane, kaniko), `blobs/sha256/<hex>` (docker from 25 on).
 */
function digestInName(path: string): Digest | undefined {
  const [, folder, name = path] =
    /(?:^|\/)blobs\/([^/]+)\/([^/]+)$/.exec(path) ??
      /()([^/]+)$/.exec(path) ?? [];
  const text = folder ? `${folder}:${name}` : name.replace(/\.json$/, "");
  if (/^[0-9a-f]{64}$/.test(text)) return digestInName(`sha256:${text}`);
  return isDigest(text) ? text : undefined;
}

function missingLayer(
  location: string,
  item: DockerManifestItem,
  layer: { readonly path: string; readonly diffId: Digest },
): never {
  const mediaType = item.layerSources?.optionalObject(layer.diffId)
    ?.optionalString("mediaType") ?? "";
  const reason = isNonDistributable(mediaType)
    ? `this layer must not be distributed (${mediaType}), and so it is not there`
    : "it is not there, and manifest.json lists it as a layer";
  throw new ArchiveError(location, reason, {
    entry: layer.path,
    recommendation: "Save the image again, with all its layers",
  });
}

function documentName(tar: TarArchive, entry: string): string {
  return `${quote(entry)} in ${quote(tar.location)}`;
}
