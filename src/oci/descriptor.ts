import { type Digest, isDigest } from "./digest.ts";
import type { JsonObject } from "./json_document.ts";
import { parsePlatformObject, type Platform } from "./platform.ts";

/**
 * What content is, how long it is, and the digest by which it is addressed.
 * The field names are those of the specification, so that
 * `JSON.stringify` writes it.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 */
export interface Descriptor {
  /** Media type of the content. */
  readonly mediaType: string;
  /** Digest of the content. */
  readonly digest: Digest;
  /** Length of the content in bytes. */
  readonly size: number;
  /** Free annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The platform an image in an index runs on. */
  readonly platform?: Platform;
  /** Type of the artifact, where the descriptor names one. */
  readonly artifactType?: string;
  /** The content itself, base64. */
  readonly data?: string;
}

/**
 * Takes a descriptor out of a document.
 *
 * @throws {DocumentSyntaxError} when a field is missing or malformed
 */
export function parseDescriptor(object: JsonObject): Descriptor {
  const digest = object.string("digest");
  if (!isDigest(digest)) {
    throw object.fault("digest", `is not a digest: "${digest}"`);
  }
  const artifactType = object.optionalString("artifactType");
  const data = object.optionalString("data");
  const platform = object.optionalObject("platform");
  return {
    mediaType: object.string("mediaType"),
    digest,
    size: object.size("size"),
    ...object.has("annotations") &&
      { annotations: object.stringMap("annotations") },
    ...platform && { platform: parsePlatformObject(platform) },
    ...artifactType !== undefined && { artifactType },
    ...data !== undefined && { data },
  };
}
