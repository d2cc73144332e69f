import type {
  Attachment,
  ImageSource,
  SourceImage,
} from "../content/image_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type ImageIndex, parseImageIndex } from "../oci/image_index.ts";
import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import { blobPath } from "./blob_path.ts";
import { type IndexContent, readIndexNames } from "./index_names.ts";
import { readLayoutContent } from "./layout_content.ts";
import { LayoutDirectory } from "./layout_directory.ts";
import { LayoutError } from "./layout_error.ts";
import type { LayoutFiles } from "./layout_files.ts";

/** Largest `oci-layout`, `index.json` and manifest that are read. */
const MAX_DOCUMENT_SIZE = 16 * 1024 * 1024;

/** Names that a message shows of what is there. */
const MAX_NAMES = 8;

/** The only version there is. */
const LAYOUT_VERSION = "1.0.0";

/**
 * Opens an OCI image layout directory.
 *
 * @throws {LayoutError} when the directory holds no layout of version 1.0.0
 * @throws {DocumentSyntaxError} when `oci-layout` or `index.json` is malformed
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function openLayout(directory: string): Promise<ImageSource> {
  return await readLayout(new LayoutDirectory(directory));
}

/**
 * Opens an OCI image layout wherever its files are. On success the source owns
 * the files and closes them.
 *
 * @throws {LayoutError} when it is no layout of version 1.0.0
 * @throws {DocumentSyntaxError} when `oci-layout` or `index.json` is malformed
 */
export async function readLayout(files: LayoutFiles): Promise<ImageSource> {
  const bytes = await files.read("index.json", MAX_DOCUMENT_SIZE);
  if (bytes === undefined) throw await noLayout(files);
  const warnings = await checkVersion(files);
  const document = `index.json in "${files.location}"`;
  return new LayoutSource(files, parseImageIndex(bytes, document), warnings);
}

async function noLayout(files: LayoutFiles): Promise<LayoutError> {
  const names = await files.list();
  if (names.includes("manifest.json") && names.includes("version")) {
    return new LayoutError(
      files.location,
      "it is no OCI image layout but a directory of skopeo's dir: format",
      {
        recommendation:
          `Convert it: skopeo copy dir:${files.location} oci:DIRECTORY`,
      },
    );
  }
  const shown = names.slice(0, MAX_NAMES).join(", ") || "nothing";
  const more = names.length > MAX_NAMES ? ", …" : "";
  return new LayoutError(
    files.location,
    `it is no OCI image layout: there is no index.json, it holds ${shown}${more}`,
  );
}

/** hauler leaves `oci-layout` out; such a layout can be read nevertheless. */
async function checkVersion(files: LayoutFiles): Promise<readonly string[]> {
  const bytes = await files.read("oci-layout", MAX_DOCUMENT_SIZE);
  if (bytes === undefined) {
    return [
      `"${files.location}" has no file "oci-layout": it is read as an OCI image layout of version ${LAYOUT_VERSION}`,
    ];
  }
  const document = `oci-layout in "${files.location}"`;
  const version = JsonObject.from(parseJsonDocument(bytes, document), document)
    .string("imageLayoutVersion");
  if (version === LAYOUT_VERSION) return [];
  throw new LayoutError(
    files.location,
    `its version is "${version}", must be "${LAYOUT_VERSION}"`,
  );
}

class LayoutSource implements ImageSource {
  readonly location: string;
  readonly warnings: readonly string[];
  readonly #files: LayoutFiles;
  readonly #index: ImageIndex;
  #content?: Promise<IndexContent>;

  constructor(
    files: LayoutFiles,
    index: ImageIndex,
    warnings: readonly string[],
  ) {
    this.location = files.location;
    this.#files = files;
    this.#index = index;
    const { others, strays } = readIndexNames(index);
    this.warnings = [
      ...warnings,
      ...others.map(({ digest, mediaType }) =>
        `"${files.location}" lists ${digest}, which is left out: "${mediaType}" is no image`
      ),
      ...strays.map(({ digest }) =>
        `"${files.location}" lists ${digest}, which is left out: it is a signature or the like, and its image is not there`
      ),
    ];
  }

  async images(): Promise<readonly SourceImage[]> {
    return (await this.#read()).images;
  }

  async referrers(): Promise<readonly Descriptor[]> {
    return (await this.#read()).referrers;
  }

  async attachments(): Promise<readonly Attachment[]> {
    return (await this.#read()).attachments;
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    if (descriptor.data !== undefined) return true;
    return await this.#files.size(blobPath(descriptor.digest)) !== undefined;
  }

  async open(
    descriptor: Descriptor,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array>> {
    const path = blobPath(descriptor.digest);
    const stream = await this.#files.open(path, offset);
    if (stream !== undefined) return stream;
    if (descriptor.data !== undefined) {
      const bytes = this.#decode(descriptor.data);
      return ReadableStream.from([bytes.subarray(offset)]);
    }
    throw new LayoutError(this.location, `there is no blob ${path}`);
  }

  async close(): Promise<void> {
    await this.#files.close();
  }

  #decode(data: string): Uint8Array {
    try {
      return Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    } catch (error) {
      throw new LayoutError(
        this.location,
        "the data of a descriptor is not base64",
        { cause: error },
      );
    }
  }

  #read(): Promise<IndexContent> {
    this.#content ??= readLayoutContent(this.#files, this.#index);
    return this.#content;
  }
}
