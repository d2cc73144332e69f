import { type Digest, isDigest } from "../oci/digest.ts";
import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import { parseReference } from "../oci/reference.ts";

/** An image of an engine, as the engine describes it. */
export interface EngineImage {
  /**
   * The engine's ID for it: the digest of its config, or of its manifest or
   * index where the engine keeps images in containerd's store.
   */
  readonly id: string;
  /** What the engine calls it, with tags; empty for one without a name. */
  readonly names: readonly string[];
  /** Digests of its uncompressed layers, lowest first. */
  readonly diffIds: readonly Digest[];
  /**
   * Least number of bytes of its export. Unknown where the engine counts what
   * it keeps of an image, packed and unpacked.
   */
  readonly exportSize?: number;
  /**
   * How the engine keeps it, and so how its export names layers: by diffID
   * (unpacked), or by the digest of the compressed blob (containerd).
   */
  readonly store: "unpacked" | "containerd" | "unknown";
}

/** What to ask an engine for, and what the image is called. */
export interface EngineName {
  /** Name with a tag or a digest, or an ID. */
  readonly reference: string;
  /** The names that the image goes by from here on. */
  readonly names: readonly string[];
}

/**
 * Parses what an engine answers about an image.
 *
 * @param document what it is called in messages
 * @throws {DocumentSyntaxError} when it is something else
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Image/operation/ImageInspect
 */
export function parseEngineImage(
  bytes: Uint8Array,
  document: string,
): EngineImage {
  const image = JsonObject.from(parseJsonDocument(bytes, document), document);
  const size = image.optionalSize("Size");
  const store = storeOf(image);
  return {
    id: image.string("Id"),
    names: image.strings("RepoTags").filter((name) => !name.includes("<none>")),
    diffIds: image.optionalObject("RootFS")?.strings("Layers").filter(
      isDigest,
    ) ?? [],
    store,
    ...size !== undefined && store === "unpacked" && { exportSize: size },
  };
}

function storeOf(image: JsonObject): EngineImage["store"] {
  if (image.has("Descriptor")) return "containerd";
  // Only an engine that unpacks images says where on the disk they lie.
  const driver = image.optionalObject("GraphDriver");
  return driver?.has("Data") ? "unpacked" : "unknown";
}

/**
 * Tells how to ask for an image that was found under a text. A name without a
 * tag would mean all tags of the repository, and gets `latest`, as everywhere;
 * an image that was found by its ID keeps the engine's own names.
 */
export function engineName(text: string, image: EngineImage): EngineName {
  if (isIdOf(text, image)) return { reference: text, names: image.names };
  const { tag, digest } = parseReference(text);
  const name = tag === undefined && digest === undefined
    ? `${text}:latest`
    : text;
  return { reference: name, names: [name] };
}

/** An engine looks for a name before it looks for an ID that begins so. */
function isIdOf(text: string, { id, names }: EngineImage): boolean {
  const [hex, wanted] = [id, text].map((one) => one.replace(/^sha256:/, ""));
  if (wanted === undefined || !/^[0-9a-f]{4,64}$/.test(wanted)) return false;
  const isNamed = names.some((name) =>
    name === `${text}:latest` || name.endsWith(`/${text}:latest`)
  );
  return hex?.startsWith(wanted) === true && !isNamed;
}
