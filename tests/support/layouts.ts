import { dirname, join } from "node:path";
import type { Digest } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import { blobPath, type BuiltContent, toJson } from "./images.ts";
import { buildTar, type TarOptions, toBytes } from "./tar_builder.ts";

/** A descriptor in the `index.json` of a layout. */
export interface LayoutEntry {
  /** What the descriptor stands for. */
  readonly content: BuiltContent;
  /** Its `org.opencontainers.image.ref.name`. */
  readonly name?: string;
  /** Its other annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Options for {@linkcode layoutFiles}. */
export interface LayoutOptions {
  /** Digests whose content is left out. */
  readonly without?: readonly Digest[];
  /** Content of `oci-layout`; `null` leaves the file out. */
  readonly ociLayout?: string | null;
}

/** Returns the files of a layout by their paths, in lexical order. */
export function layoutFiles(
  entries: readonly LayoutEntry[],
  options: LayoutOptions = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const { content } of entries) {
    for (const [digest, bytes] of content.blobs) {
      files.set(blobPath(digest), bytes);
    }
  }
  for (const digest of options.without ?? []) files.delete(blobPath(digest));
  files.set("index.json", indexJson(entries));
  const { ociLayout = '{"imageLayoutVersion":"1.0.0"}' } = options;
  if (ociLayout !== null) {
    files.set("oci-layout", new Uint8Array(toBytes(ociLayout)));
  }
  return new Map([...files].toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** Writes a layout into a directory, which is made. */
export async function writeLayout(
  dir: string,
  entries: readonly LayoutEntry[],
  options: LayoutOptions = {},
): Promise<void> {
  for (const [path, bytes] of layoutFiles(entries, options)) {
    const file = join(dir, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, bytes);
  }
}

/** Writes an OCI archive. */
export async function writeOciArchive(
  path: string,
  entries: readonly LayoutEntry[],
  options: LayoutOptions & TarOptions & { readonly prefix?: string } = {},
): Promise<void> {
  const items = [...layoutFiles(entries, options)].map(([name, data]) => ({
    name: (options.prefix ?? "") + name,
    data,
  }));
  await Deno.writeFile(path, buildTar(items, options));
}

/** Writes `index.json` for the entries. */
export function indexJson(
  entries: readonly LayoutEntry[],
): Uint8Array<ArrayBuffer> {
  const manifests = entries.map(({ content, name, annotations }) => ({
    ...content.descriptor,
    ...(name !== undefined || annotations !== undefined) && {
      annotations: {
        ...annotations,
        ...name !== undefined && { "org.opencontainers.image.ref.name": name },
      },
    },
  }));
  return toJson({
    schemaVersion: 2,
    mediaType: MediaType.OCI_INDEX,
    manifests,
  });
}
