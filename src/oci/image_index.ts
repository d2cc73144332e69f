import { type Descriptor, parseDescriptor } from "./descriptor.ts";
import { JsonObject, parseJsonDocument } from "./json_document.ts";
import { isIndexType, MediaType } from "./media_type.ts";

/**
 * An index: a list of manifests, mostly one for each platform.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface ImageIndex {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** Media type of the index itself. */
  readonly mediaType: string;
  /** Type of the artifact, where it is one. */
  readonly artifactType?: string;
  /** The manifests, in order of preference. */
  readonly manifests: readonly Descriptor[];
  /** The manifest that this one is about (a referrer's subject). */
  readonly subject?: Descriptor;
  /** Free annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Parses the bytes of an image index. `manifests` may be null, as Docker 25.0
 * wrote it.
 *
 * @param document what the index is called in messages
 * @throws {DocumentSyntaxError} when it is not an image index
 */
export function parseImageIndex(
  bytes: Uint8Array,
  document: string,
): ImageIndex {
  const object = JsonObject.from(parseJsonDocument(bytes, document), document);
  for (const field of ["layers", "config"]) {
    // CVE-2021-41190: a document that reads as a manifest and as an index.
    if (object.has(field)) {
      throw object.fault(field, "must not be in an image index");
    }
  }
  if (object.value("schemaVersion") !== 2) {
    throw object.fault("schemaVersion", "must be 2");
  }
  const mediaType = object.optionalString("mediaType") ?? MediaType.OCI_INDEX;
  if (!isIndexType(mediaType)) {
    throw object.fault("mediaType", `is "${mediaType}"`);
  }
  const subject = object.optionalObject("subject");
  const artifactType = object.optionalString("artifactType");
  return {
    schemaVersion: 2,
    mediaType,
    manifests: object.objects("manifests").map(parseDescriptor),
    ...artifactType !== undefined && { artifactType },
    ...subject && { subject: parseDescriptor(subject) },
    ...object.has("annotations") &&
      { annotations: object.stringMap("annotations") },
  };
}
