import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import { MediaType } from "../oci/media_type.ts";
import { parsePlatformObject, type Platform } from "../oci/platform.ts";

/** One step by which an image was made. */
export interface HistoryEntry {
  /** When, RFC 3339. */
  readonly created?: string;
  /** The command. */
  readonly createdBy: string;
  /** Whether it made no layer. */
  readonly isEmpty: boolean;
}

/**
 * What a config says of how an image runs and was made.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface InspectedConfig {
  /** The platform; fields may be empty. */
  readonly platform: Platform;
  /** When the image was made, RFC 3339. */
  readonly created?: string;
  /** What is run, each by its name in the document; absent ones left out. */
  readonly execution: ReadonlyMap<string, string | readonly string[]>;
  /** The labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** The steps, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** The whole document. */
  readonly document: Readonly<Record<string, unknown>>;
}

const TEXT_FIELDS = ["User", "WorkingDir", "StopSignal"];
const LIST_FIELDS = ["Entrypoint", "Cmd", "Env"];
/** Their keys are what counts. */
const SET_FIELDS = ["ExposedPorts", "Volumes"];

/** Tells whether content of this type is the config of an image. */
export function isImageConfig(mediaType: string): boolean {
  return mediaType === MediaType.OCI_CONFIG ||
    mediaType === MediaType.DOCKER_CONFIG;
}

/**
 * Parses the config of an image, whose diffIDs need not be there.
 *
 * @throws {DocumentSyntaxError} when a field is not what it must be
 */
export function parseInspectedConfig(
  bytes: Uint8Array,
  document: string,
): InspectedConfig {
  const object = JsonObject.from(parseJsonDocument(bytes, document), document);
  const config = object.optionalObject("config");
  const created = object.optionalString("created");
  return {
    platform: parsePlatformObject(object),
    ...created !== undefined && { created },
    execution: config ? executionOf(config) : new Map(),
    labels: config?.stringMap("Labels") ?? {},
    history: object.objects("history").map(parseEntry),
    document: object.fields(),
  };
}

function executionOf(
  config: JsonObject,
): ReadonlyMap<string, string | readonly string[]> {
  const fields = new Map<string, string | readonly string[]>();
  for (const name of LIST_FIELDS) {
    const values = config.strings(name);
    if (values.length > 0) fields.set(name, values);
  }
  for (const name of TEXT_FIELDS) {
    const value = config.optionalString(name);
    if (value) fields.set(name, value);
  }
  for (const name of SET_FIELDS) {
    const keys = Object.keys(config.optionalObject(name)?.fields() ?? {});
    if (keys.length > 0) fields.set(name, keys);
  }
  return fields;
}

function parseEntry(entry: JsonObject): HistoryEntry {
  const created = entry.optionalString("created");
  return {
    ...created !== undefined && { created },
    createdBy: entry.optionalString("created_by") ??
      entry.optionalString("comment") ?? "",
    isEmpty: entry.value("empty_layer") === true,
  };
}
