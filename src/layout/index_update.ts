import type { Descriptor } from "../oci/descriptor.ts";
import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import { MediaType } from "../oci/media_type.ts";
import { IMAGE_NAME, REF_NAME } from "./index_names.ts";

/** What an `oci-layout` file holds. */
export const LAYOUT_MARKER: Uint8Array<ArrayBuffer> = new TextEncoder().encode(
  '{"imageLayoutVersion":"1.0.0"}',
);

/** Writes a new `index.json`. */
export function newIndex(
  entries: readonly Descriptor[],
): Uint8Array<ArrayBuffer> {
  return toJson({
    schemaVersion: 2,
    mediaType: MediaType.OCI_INDEX,
    manifests: entries,
  });
}

/**
 * Adds descriptors to an `index.json`. A name that was given to something else
 * moves; all that is not known here stays as it is.
 *
 * @param document what the file is called in messages
 * @throws {DocumentSyntaxError} when it is malformed
 */
export function updateIndex(
  bytes: Uint8Array,
  entries: readonly Descriptor[],
  document: string,
): Uint8Array<ArrayBuffer> {
  const index = JsonObject.from(parseJsonDocument(bytes, document), document);
  const kept = index.objects("manifests").filter((entry) =>
    !entries.some((added) => replaces(added, entry))
  );
  return toJson({
    ...index.fields(),
    manifests: [...kept.map((entry) => entry.fields()), ...entries],
  });
}

/** A name leads to one manifest; a manifest without one is listed once. */
function replaces({ digest, annotations }: Descriptor, old: JsonObject) {
  const names = old.has("annotations") ? old.stringMap("annotations") : {};
  const keys = [IMAGE_NAME, REF_NAME];
  const isNamed = keys.some((key) => names[key] !== undefined);
  if (!isNamed) return old.string("digest") === digest;
  return keys.some((key) =>
    names[key] !== undefined && names[key] === annotations?.[key]
  );
}

function toJson(document: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(document));
}
