import type { Descriptor } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { MediaType } from "../oci/media_type.ts";

/** A manifest that was made here. */
export interface MadeManifest {
  /** What it is addressed by. */
  readonly descriptor: Descriptor;
  /** Its bytes. */
  readonly bytes: Uint8Array;
}

/** Returns the descriptor of an image config. */
export function configDescriptor(config: Uint8Array): Descriptor {
  return {
    mediaType: MediaType.OCI_CONFIG,
    digest: digestOf(config),
    size: config.length,
  };
}

/**
 * Makes the OCI manifest over a config and layers: the same bytes for the same
 * descriptors, on every machine.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export function makeManifest(
  config: Descriptor,
  layers: readonly Descriptor[],
): MadeManifest {
  const bytes = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.OCI_MANIFEST,
    config: plain(config),
    layers: layers.map(plain),
  }));
  return {
    bytes,
    descriptor: {
      mediaType: MediaType.OCI_MANIFEST,
      digest: digestOf(bytes),
      size: bytes.length,
    },
  };
}

/** The three fields that must be there, always in this order. */
function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
