import { openImageArchive } from "../archive/open_archive.ts";
import type { TarArchive } from "../archive/tar_archive.ts";
import type { OmitEntry, PassingEntry } from "../archive/tar_omission.ts";
import {
  type ImageDraft,
  type ImageSource,
  isDraft,
  type SourceImage,
} from "../content/image_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { MediaType } from "../oci/media_type.ts";
import type { Engine } from "./container_engine.ts";
import {
  type EngineImage,
  type EngineName,
  engineName,
} from "./engine_image.ts";

/** No manifest or config is larger, so that a larger blob is a layer. */
const MIN_OMITTED_SIZE = 4 * 1024 * 1024;

/** What is about to be exported. */
export type ExportedImage =
  & Pick<EngineImage, "diffIds" | "store">
  & Pick<EngineName, "names">;

/**
 * Tells whether a layer will not be asked for. Its digest is its diffID where
 * the engine keeps images unpacked.
 */
export type IsHeld = (layer: Descriptor) => Promise<boolean>;

/** Options for {@linkcode openEngineImage}. */
export interface OpenEngineImageOptions {
  /** Directory for the export, which cannot be sought: `$TMPDIR`. */
  readonly tempDir: string;
  /** Opens a docker-archive; the source that it returns closes the tar. */
  readonly docker: (tar: TarArchive) => Promise<ImageSource>;
  /**
   * Called before the export begins; returns who tells which layers will not be
   * asked for, so that they are not kept. Default all are.
   */
  readonly findHeld?: (image: ExportedImage) => Promise<IsHeld | undefined>;
  /** Ends the export. */
  readonly signal?: AbortSignal;
}

/**
 * Opens an image of an engine as a source. Its export begins when something of
 * it is asked for; it is spooled once, and deleted when the source is closed and
 * on every failure. On success the source owns the engine and closes it.
 *
 * @param name a reference, `latest` where it has no tag, or an ID
 * @throws {EngineError} when the engine has no such image (status 404), or
 *   refuses
 * @throws {EngineConnectionError} when the connection breaks
 */
export async function openEngineImage(
  engine: Engine,
  name: string,
  options: OpenEngineImageOptions,
): Promise<ImageSource> {
  const image = await engine.inspect(name, options.signal);
  return new EngineSource(
    { engine, image, name: engineName(name, image) },
    options,
  );
}

/** What is exported, and from where. */
interface EngineExport {
  readonly engine: Engine;
  readonly image: EngineImage;
  readonly name: EngineName;
}

class EngineSource implements ImageSource {
  readonly location: string;
  readonly #export: EngineExport;
  readonly #options: OpenEngineImageOptions;
  #spooling?: Promise<ImageSource>;
  #warnings: readonly string[] = [];
  readonly #omitted = new Set<Digest>();

  constructor(wanted: EngineExport, options: OpenEngineImageOptions) {
    const { name, engine } = wanted;
    this.location = `${name.reference} of ${engine.location}`;
    this.#export = wanted;
    this.#options = options;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  async images(): Promise<readonly SourceImage[]> {
    const images = await (await this.#archive()).images();
    const [names] = images.length === 1 ? [this.#export.name.names] : [];
    return images.map((image) => ({
      names: names ?? image.names,
      root: isDraft(image.root) ? this.#guardDraft(image.root) : image.root,
    }));
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    return await (await this.#archive()).has(descriptor);
  }

  async open(
    descriptor: Descriptor,
    offset?: number,
  ): Promise<ReadableStream<Uint8Array>> {
    this.#refuseOmitted(descriptor.digest);
    return await (await this.#archive()).open(descriptor, offset);
  }

  async referrers(): Promise<readonly Descriptor[]> {
    return await (await this.#archive()).referrers?.() ?? [];
  }

  async close(): Promise<void> {
    if (this.#spooling === undefined) {
      return this.#export.engine[Symbol.dispose]();
    }
    const [archive] = await Promise.allSettled([this.#spooling]);
    if (archive.status === "fulfilled") await archive.value.close();
  }

  #archive(): Promise<ImageSource> {
    return this.#spooling ??= this.#spool().finally(() =>
      // What was exported is on the disk, or never will be.
      this.#export.engine[Symbol.dispose]()
    );
  }

  async #spool(): Promise<ImageSource> {
    const { engine, image, name } = this.#export;
    const { signal, tempDir, docker, findHeld } = this.#options;
    const isHeld = await findHeld?.({ ...image, names: name.names });
    const archive = await openImageArchive({
      stream: await engine.export(name.reference, signal),
      name: this.location,
      // Nobody knows how much of it will be kept.
      ...image.exportSize !== undefined && isHeld === undefined &&
        { expectedSize: image.exportSize },
    }, {
      tempDir,
      docker,
      ...signal && { signal },
      ...isHeld && { omit: this.#omitHeld(isHeld) },
    });
    this.#warnings = archive.warnings;
    return archive;
  }

  #omitHeld(isHeld: IsHeld): OmitEntry {
    return async (entry) => {
      const digest = digestInName(entry);
      if (digest === undefined || entry.size < MIN_OMITTED_SIZE) return false;
      const { size } = entry;
      const isOmitted = await isHeld({
        mediaType: MediaType.OCI_LAYER,
        digest,
        size,
      });
      if (isOmitted) this.#omitted.add(digest);
      return isOmitted;
    };
  }

  #guardDraft(draft: ImageDraft): ImageDraft {
    const layers = draft.layers.map((layer) => {
      if (!this.#omitted.has(layer.diffId)) return layer;
      const open = async (offset?: number) => {
        this.#refuseOmitted(layer.diffId);
        return await layer.content.open(offset);
      };
      return { ...layer, content: { ...layer.content, open } };
    });
    return { ...draft, layers };
  }

  /** The target gave up a layer between the export and the copy. */
  #refuseOmitted(digest: Digest): void {
    if (!this.#omitted.has(digest)) return;
    throw new Error(
      `Cannot read the layer ${digest} of ${this.location}: it was not kept, because the target held it when the export began\nStart again`,
    );
  }
}

/** `blobs/sha256/HEX` of Docker from 25 on, `HEX.tar` of Podman. */
function digestInName({ name }: PassingEntry): Digest | undefined {
  const [, hex] =
    /^(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.tar)$/.exec(name)
      ?.filter((part) => part !== undefined) ?? [];
  const digest = `sha256:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
