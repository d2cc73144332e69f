import type { BlobContent, Opener } from "../content/blob_content.ts";
import type { LayerDraft } from "../content/image_source.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { LAYER_TYPES } from "../oci/media_type.ts";
import { BlockIndex } from "./block_index.ts";
import type { LayerEncoding } from "./layer_compression.ts";
import {
  LAYER_HEAD_SIZE,
  type LayerFormat,
  sniffLayerFormat,
} from "./layer_format.ts";
import type { LayerPool } from "./layer_pool.ts";
import type { FileFingerprint } from "./layer_protocol.ts";
import type { TarArchive, TarEntry } from "./tar_archive.ts";

/** What all layers of an archive share. */
export interface LayerSettings {
  /** The archive. */
  readonly tar: TarArchive;
  /** Its file, as it was when it was opened. */
  readonly fingerprint: FileFingerprint;
  /** How layers are encoded that are not compressed yet. */
  readonly encoding: LayerEncoding;
  /** The threads that read layers. */
  readonly pool: LayerPool;
}

/** A draft, and what was seen of the layer. */
export interface SniffedLayer {
  /** The layer. */
  readonly draft: LayerDraft;
  /** Whether it is stored as a plain tar. */
  readonly plain: boolean;
}

/** Looks at a stored layer and says how it will be sent. */
export async function draftLayer(
  entry: TarEntry,
  diffId: Digest,
  settings: LayerSettings,
): Promise<SniffedLayer> {
  const head = await readHead(settings.tar, entry);
  const format = sniffLayerFormat(head);
  return {
    draft: {
      diffId,
      storedSize: entry.size,
      content: layerContent({ entry, diffId, format, head }, settings),
    },
    plain: format === "plain",
  };
}

interface StoredLayer {
  readonly entry: TarEntry;
  readonly diffId: Digest;
  readonly format: LayerFormat;
  readonly head: Uint8Array;
}

function layerContent(
  layer: StoredLayer,
  settings: LayerSettings,
): BlobContent {
  const { entry, diffId, format } = layer;
  const index = new BlockIndex();
  const open = layerOpener(layer, index, settings);
  if (format === "gzip" || format === "zstd") {
    // The size tells a display how far it is; the digest is known at the end.
    return {
      mediaType: LAYER_TYPES[format],
      identity: storedIdentity(layer),
      size: entry.size,
      open,
    };
  }
  const { compression, level } = settings.encoding;
  const mediaType = LAYER_TYPES[compression];
  if (compression !== "none") {
    return {
      mediaType,
      identity: `${diffId} ${compression}-${level}`,
      ...format === "plain" &&
        { sourceBytes: (bytes: number) => index.sourceBytes(bytes) },
      open,
    };
  }
  return {
    mediaType,
    digest: diffId,
    ...format === "plain" && { size: entry.size },
    open,
  };
}

/**
 * Another compression of the same layer has another size, or at least another
 * beginning; where it has not, the registry finds the wrong digest at the end.
 */
function storedIdentity({ entry, diffId, head }: StoredLayer): string {
  return `${diffId} stored-${entry.size}-${digestOf(head)}`;
}

/**
 * Opens what a layer becomes. From an offset on, the layer is read from its
 * start all the same, because its diffID has to be checked; what was encoded
 * before is hashed only, which is ten times faster.
 */
function layerOpener(
  layer: StoredLayer,
  index: BlockIndex,
  settings: LayerSettings,
): Opener {
  const { entry, diffId, format } = layer;
  const { tar, encoding, fingerprint, pool } = settings;
  const { path } = tar;
  const { offset, size, name } = entry;
  const job = { path, offset, size, fingerprint, format, diffId };
  return (from = 0) =>
    Promise.resolve().then(() =>
      pool.open({
        job,
        encoding,
        skip: index.skipTo(from),
        location: tar.location,
        entry: name,
        onBlock: (block, encoded) => index.add(block, encoded),
      })
    );
}

async function readHead(
  tar: TarArchive,
  entry: TarEntry,
): Promise<Uint8Array> {
  const head = { ...entry, size: Math.min(entry.size, LAYER_HEAD_SIZE) };
  return await tar.read(head, LAYER_HEAD_SIZE);
}
