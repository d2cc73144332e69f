import { type Digest, isDigest } from "./digest.ts";
import { JsonObject, parseJsonDocument } from "./json_document.ts";
import { parsePlatformObject, type Platform } from "./platform.ts";

/**
 * What k8scr reads of an image config. The bytes are kept as they are, so that
 * the image ID stays.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface ImageConfig {
  /** The platform that the image runs on; fields may be empty. */
  readonly platform: Platform;
  /** When the image was made, RFC 3339, as it is written there. */
  readonly created?: string;
  /** Digests of the uncompressed layers, lowest first. */
  readonly diffIds: readonly Digest[];
}

/**
 * Parses the bytes of an image config.
 *
 * @param document what the config is called in messages
 * @throws {DocumentSyntaxError} when it is not an image config
 */
export function parseImageConfig(
  bytes: Uint8Array,
  document: string,
): ImageConfig {
  const object = JsonObject.from(parseJsonDocument(bytes, document), document);
  const rootfs = object.object("rootfs");
  const diffIds = rootfs.strings("diff_ids").map((text, index) => {
    if (isDigest(text)) return text;
    throw rootfs.fault(`diff_ids[${index}]`, `is not a digest: "${text}"`);
  });
  const created = object.optionalString("created");
  return {
    platform: parsePlatformObject(object),
    diffIds,
    ...created !== undefined && { created },
  };
}
