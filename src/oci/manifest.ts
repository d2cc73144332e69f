import { type Descriptor, parseDescriptor } from "./descriptor.ts";
import { JsonObject, parseJsonDocument } from "./json_document.ts";
import { isManifestType, MediaType } from "./media_type.ts";

/**
 * The manifest of one image or artifact.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export interface ImageManifest {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** Media type of the manifest itself. */
  readonly mediaType: string;
  /** Type of the artifact, where it is one. */
  readonly artifactType?: string;
  /** The config blob. */
  readonly config: Descriptor;
  /** The layers, lowest first. */
  readonly layers: readonly Descriptor[];
  /** The manifest that this one is about (a referrer's subject). */
  readonly subject?: Descriptor;
  /** Free annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Parses the bytes of an image manifest.
 *
 * @param document what the manifest is called in messages
 * @throws {DocumentSyntaxError} when it is not an image manifest
 */
export function parseImageManifest(
  bytes: Uint8Array,
  document: string,
): ImageManifest {
  const object = JsonObject.from(parseJsonDocument(bytes, document), document);
  if (object.has("manifests")) {
    // CVE-2021-41190: a document that reads as a manifest and as an index.
    throw object.fault("manifests", "must not be in an image manifest");
  }
  if (object.value("schemaVersion") !== 2) {
    throw object.fault("schemaVersion", "must be 2");
  }
  const config = parseDescriptor(object.object("config"));
  const mediaType = object.optionalString("mediaType") ?? guessType(config);
  if (!isManifestType(mediaType)) {
    throw object.fault("mediaType", `is "${mediaType}"`);
  }
  const subject = object.optionalObject("subject");
  const artifactType = object.optionalString("artifactType");
  return {
    schemaVersion: 2,
    mediaType,
    config,
    layers: object.objects("layers").map(parseDescriptor),
    ...artifactType !== undefined && { artifactType },
    ...subject && { subject: parseDescriptor(subject) },
    ...object.has("annotations") &&
      { annotations: object.stringMap("annotations") },
  };
}

function guessType(config: Descriptor): string {
  return config.mediaType === MediaType.DOCKER_CONFIG
    ? MediaType.DOCKER_MANIFEST
    : MediaType.OCI_MANIFEST;
}
