import {
  DocumentSyntaxError,
  JsonObject,
  parseJsonDocument,
} from "../oci/json_document.ts";

/**
 * An image in the `manifest.json` of a docker-archive. Paths are as they are
 * written there.
 */
export interface DockerManifestItem {
  /** Path of the config. */
  readonly config: string;
  /** `RepoTags`: the image's names; empty when it has none. */
  readonly names: readonly string[];
  /** Paths of the layers, lowest first. */
  readonly layers: readonly string[];
  /** `LayerSources`: descriptors of layers by their diffID. */
  readonly layerSources?: JsonObject;
}

/**
 * Parses the `manifest.json` of a docker-archive.
 *
 * @param document what it is called in messages
 * @throws {DocumentSyntaxError} when it is something else, such as a registry's
 *   manifest, or lists no image
 * @see https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format
 */
export function parseDockerManifest(
  bytes: Uint8Array,
  document: string,
): readonly DockerManifestItem[] {
  const list = parseJsonDocument(bytes, document);
  if (!Array.isArray(list)) {
    throw new DocumentSyntaxError(document, describeObject(list));
  }
  if (list.length === 0) {
    throw new DocumentSyntaxError(document, "it lists no image");
  }
  return list.map((value, index) =>
    parseItem(JsonObject.from(value, document, `[${index}]`))
  );
}

function describeObject(value: unknown): string {
  const isManifest = typeof value === "object" && value !== null &&
    "schemaVersion" in value;
  return isManifest
    ? "it is a registry's manifest, as skopeo's dir: and rules_docker write it, not a docker-archive's list of images"
    : "it must be a list of images";
}

function parseItem(item: JsonObject): DockerManifestItem {
  const isImgpkg = item.has("Image") || item.has("ImageIndex");
  if (isImgpkg && !item.has("Config")) {
    throw new DocumentSyntaxError(
      item.document,
      "it is a bundle of imgpkg, not a docker-archive's list of images",
    );
  }
  const config = item.string("Config");
  // Go writes an image without layers as null; absent is something else.
  if (item.value("Layers") === undefined) {
    throw item.fault("Layers", "is missing");
  }
  const layerSources = item.optionalObject("LayerSources");
  return {
    config,
    names: item.strings("RepoTags"),
    layers: item.strings("Layers"),
    ...layerSources && { layerSources },
  };
}
