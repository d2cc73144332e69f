import type { Opener } from "../content/blob_content.ts";
import type {
  ImageDraft,
  ImageSource,
  LayerDraft,
} from "../content/image_source.ts";
import { type ManifestNode, readVerified } from "../content/manifest_tree.ts";
import { verifyStream } from "../content/verify.ts";
import { parseImageConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { MediaType } from "../oci/media_type.ts";
import { ArchiveError } from "./archive_error.ts";
import { decompress } from "./decompress.ts";
import { LAYER_HEAD_SIZE, sniffLayerFormat } from "./layer_format.ts";
import { peekStream } from "./peek_stream.ts";

/**
 * Makes a draft of an image whose layers are stored as plain tars, each with
 * its diffID as its digest. The config stays byte for byte, and with it the
 * image ID; the digest of the manifest becomes another.
 *
 * @throws {ArchiveError} when config and manifest do not belong together
 * @throws {ContentMismatchError} when the config is not what its digest says
 */
export async function draftPlainLayers(
  source: ImageSource,
  { descriptor, bytes }: ManifestNode,
): Promise<ImageDraft> {
  const what = `the manifest ${descriptor.digest}`;
  const manifest = parseImageManifest(bytes, what);
  const document = `the config ${manifest.config.digest}`;
  const config = await readVerified(source, manifest.config, document);
  const { platform, diffIds } = parseImageConfig(config, document);
  if (diffIds.length !== manifest.layers.length) {
    throw new ArchiveError(
      source.location,
      `${what} lists ${manifest.layers.length} layers, and its config ${diffIds.length}`,
    );
  }
  const layers = manifest.layers.map((layer, index) =>
    draftLayer(source, layer, diffIds[index] ?? layer.digest)
  );
  return { config, platform, layers };
}

function draftLayer(
  source: ImageSource,
  layer: Descriptor,
  diffId: Digest,
): LayerDraft {
  const mediaType = MediaType.OCI_LAYER;
  const { size } = layer;
  const isPlain = layer.digest === diffId;
  const open: Opener = isPlain
    ? (offset) => source.open(layer, offset)
    : async (offset = 0) =>
      (await openPlain(source, layer)).pipeThrough(dropBytes(offset));
  return {
    diffId,
    storedSize: size,
    content: { mediaType, digest: diffId, open, ...isPlain && { size } },
  };
}

/** Neither the media type nor anything else but its bytes proves a form. */
async function openPlain(
  source: ImageSource,
  layer: Descriptor,
): Promise<ReadableStream<Uint8Array>> {
  const stored = (await source.open(layer)).pipeThrough(
    verifyStream(layer, `the layer ${layer.digest}`),
  );
  const { head, stream } = await peekStream(stored, LAYER_HEAD_SIZE);
  const format = sniffLayerFormat(head);
  if (format === "plain") return stream;
  return decompress(stream, {
    compression: format,
    location: `the layer ${layer.digest}`,
  });
}

function dropBytes(count: number): TransformStream<Uint8Array, Uint8Array> {
  let left = count;
  return new TransformStream({
    transform(bytes, controller) {
      const rest = bytes.subarray(Math.min(left, bytes.length));
      left -= bytes.length - rest.length;
      if (rest.length > 0) controller.enqueue(rest);
    },
  });
}
