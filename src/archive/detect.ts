import {
  DocumentSyntaxError,
  parseJsonDocument,
} from "../oci/json_document.ts";
import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";
import type { TarArchive } from "./tar_archive.ts";

/** The two views of an archive. */
export type ArchiveFormat = "docker-archive" | "oci-archive";

/** What the `manifest.json` of an archive is. */
type ManifestKind =
  /** A docker-archive's list of images. */
  | "docker"
  /** The same, from a Docker engine with the graph-driver store. */
  | "graph-driver"
  /** A bundle of imgpkg. */
  | "imgpkg"
  /** The manifest of one image, as a registry has it. */
  | "manifest"
  | "unknown"
  | "absent";

/** Largest `manifest.json` that is read. */
const MAX_MANIFEST_SIZE = 16 * 1024 * 1024;

/** Entries that a message shows of what is in an archive. */
const MAX_NAMES = 8;

/**
 * Tells how to read an archive, from all its entries.
 *
 * An archive that holds both an OCI layout and a docker-archive of the same
 * blobs is read as OCI, byte for byte, with one exception: a Docker engine
 * (25 and later) with the graph-driver store makes the OCI manifests only for
 * the archive, with layers that are not compressed, and its `index.json` can
 * lack images that `manifest.json` lists.
 *
 * @throws {ArchiveError} when it is no image archive; the message says what it
 *   looks like and what is in it
 */
export async function detectFormat(tar: TarArchive): Promise<ArchiveFormat> {
  const kind = await manifestKind(tar);
  if (kind === "graph-driver") return "docker-archive";
  if (isLayout(tar)) return "oci-archive";
  if (kind === "docker") return "docker-archive";
  throw notAnImage(tar, kind);
}

/** Some write no `oci-layout`; an `index.json` alone proves nothing. */
function isLayout(tar: TarArchive): boolean {
  if (tar.entry("index.json") === undefined) return false;
  return tar.entry("oci-layout") !== undefined ||
    tar.names.some((name) => name.startsWith("blobs/"));
}

async function manifestKind(tar: TarArchive): Promise<ManifestKind> {
  const entry = tar.entry("manifest.json");
  if (entry === undefined) return "absent";
  const bytes = await tar.read(entry, MAX_MANIFEST_SIZE);
  try {
    return kindOf(parseJsonDocument(bytes, "manifest.json"));
  } catch (error) {
    if (error instanceof DocumentSyntaxError) return "unknown";
    throw error;
  }
}

/** That it is a list does not make it a docker-archive's: imgpkg has one too. */
function kindOf(manifest: unknown): ManifestKind {
  if (!Array.isArray(manifest)) {
    return hasFields(manifest, ["schemaVersion"]) ? "manifest" : "unknown";
  }
  if (manifest.every((item) => hasFields(item, ["Config", "Layers"]))) {
    return isGraphDriver(manifest) ? "graph-driver" : "docker";
  }
  const isBundle = manifest.every((item) =>
    hasFields(item, ["Image"]) || hasFields(item, ["ImageIndex"])
  );
  return isBundle ? "imgpkg" : "unknown";
}

/**
 * Only the graph-driver store names a source, an uncompressed tar, for every
 * layer; others do so for layers that must not be distributed.
 */
function isGraphDriver(items: readonly Record<string, unknown>[]): boolean {
  const layered = items.filter(({ Layers }) =>
    Array.isArray(Layers) && Layers.length > 0
  );
  return layered.length > 0 && layered.every(({ LayerSources }) => {
    if (typeof LayerSources !== "object" || LayerSources === null) return false;
    return Object.values(LayerSources).some(isPlainLayer);
  });
}

function isPlainLayer(source: unknown): boolean {
  return typeof source === "object" && source !== null &&
    "mediaType" in source &&
    source.mediaType === "application/vnd.oci.image.layer.v1.tar";
}

function hasFields(value: unknown, fields: readonly string[]): boolean {
  return typeof value === "object" && value !== null &&
    fields.every((field) => field in value);
}

function notAnImage(tar: TarArchive, kind: ManifestKind): ArchiveError {
  const { names, location } = tar;
  const found = LOOKALIKES.find(({ matches }) => matches(names, kind));
  const shown = names.slice(0, MAX_NAMES).map(quote).join(", ") || "nothing";
  const more = names.length > MAX_NAMES ? ", …" : "";
  const what = found?.what ??
    "it is no image archive: it has no manifest.json and no OCI image layout";
  return new ArchiveError(location, `${what}; it holds ${shown}${more}`, {
    recommendation: found?.recommendation ??
      "Make one with docker save, podman save, skopeo copy or crane pull",
  });
}

/** Something that people take for an image archive. */
interface Lookalike {
  readonly matches: (names: readonly string[], kind: ManifestKind) => boolean;
  readonly what: string;
  readonly recommendation: string;
}

const LOOKALIKES: readonly Lookalike[] = [
  {
    matches: (_, kind) => kind === "imgpkg",
    what: "it is a bundle of imgpkg, not an image archive",
    recommendation:
      "Save the images themselves: skopeo copy docker://IMAGE oci-archive:FILE",
  },
  {
    matches: (_, kind) => kind === "manifest",
    what:
      "its manifest.json is that of a single image, as skopeo's dir: format and rules_docker have it",
    recommendation:
      "Convert it: skopeo copy dir:DIRECTORY oci-archive:FILE, or build the image's .tar target",
  },
  {
    matches: (_, kind) => kind === "unknown",
    what: "its manifest.json is not that of a docker-archive",
    recommendation: "Save the image again",
  },
  {
    matches: (names) =>
      names.some((name) => name.includes("docker/registry/v2/")),
    what: "it is the storage of a registry, not an image archive",
    recommendation:
      "Serve it with a registry, and save the images from there: crane pull IMAGE FILE",
  },
  {
    matches: (names) => names.includes("repositories"),
    what: "it is an archive of Docker before 1.10",
    recommendation:
      "Load it with Docker 28 or older, and save it again: docker save IMAGE",
  },
  {
    matches: (names) =>
      names.some((name) => /^[^/]+\/(?:oci-layout|manifest\.json)$/.test(name)),
    what: "the image is in a folder of the archive",
    recommendation: "Unpack it, and push the folder or the archive in it",
  },
  {
    matches: (names) =>
      names.some((name) => name === ".dockerenv" || name === "etc/passwd"),
    what: "it is the file system of a container, not an image",
    recommendation: "Save the image: docker save in place of docker export",
  },
  {
    matches: (names) =>
      names.some((name) => /\.(?:tar|tgz|tar\.[a-z0-9]+)$/.test(name)),
    what: "it is an archive of archives",
    recommendation: "Unpack it, and push what is inside",
  },
];
