import { ArchiveTarget } from "../archive/archive_target.ts";
import { StreamOutput } from "../archive/stream_output.ts";
import type { BlobContent } from "../content/blob_content.ts";
import type { PushOptions, PushResult } from "../content/image_target.ts";
import type { StagedTarget } from "../content/staged_target.ts";
import type {
  Engine,
  ExpectedEngineImage,
} from "../engine/container_engine.ts";
import { parseImageConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { MediaType } from "../oci/media_type.ts";

/** Media types of configs that name the layers of an image. */
const CONFIG_TYPES: ReadonlySet<string> = new Set([
  MediaType.OCI_CONFIG,
  MediaType.DOCKER_CONFIG,
]);

/** Options for {@linkcode EngineTarget}. */
export interface EngineTargetOptions {
  /** Directory for blobs whose size is not known beforehand. */
  readonly tempDir: string;
  /** Ends the load. */
  readonly signal: AbortSignal;
}

/**
 * A container engine that images are loaded into: they are streamed as a
 * docker-archive, and the engine is asked afterwards whether it has them.
 */
export class EngineTarget implements StagedTarget {
  readonly location: string;
  readonly #engine: Engine;
  readonly #archive: ArchiveTarget;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #load: Promise<unknown>;
  readonly #expected: ExpectedEngineImage[] = [];
  readonly #configs = new Map<Digest, Uint8Array>();

  /** Takes an engine, which is closed with the target. */
  constructor(engine: Engine, { tempDir, signal }: EngineTargetOptions) {
    const pipe = new TransformStream<Uint8Array, Uint8Array>();
    this.location = engine.location;
    this.#engine = engine;
    this.#writer = pipe.writable.getWriter();
    this.#load = engine.load(pipe.readable, {
      // What is tagged until then counts: it is looked at after the load.
      expected: this.#expected,
      signal,
    });
    // Whoever writes next, or commits, hears of it.
    this.#load.catch(() => {});
    this.#writer.closed.catch(() => {});
    const output = new StreamOutput((bytes) => this.#send(bytes), {
      location: engine.location,
      tempDir,
    });
    this.#archive = new ArchiveTarget(output, "docker-archive");
  }

  exists(descriptor: Descriptor): Promise<boolean> {
    return this.#archive.exists(descriptor);
  }

  push(content: BlobContent, options?: PushOptions): Promise<PushResult> {
    return this.#archive.push(this.#keepingConfig(content), options);
  }

  pushManifest(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    return this.#archive.pushManifest(descriptor, bytes);
  }

  async tag(
    descriptor: Descriptor,
    bytes: Uint8Array,
    name: string,
  ): Promise<void> {
    await this.#archive.tag(descriptor, bytes, name);
    const document = `the manifest ${descriptor.digest}`;
    const { digest } = parseImageManifest(bytes, document).config;
    const config = this.#configs.get(digest);
    if (config === undefined || name.includes("@")) return;
    const { diffIds } = parseImageConfig(config, `the config ${digest}`);
    this.#expected.push({ name, config: digest, diffIds });
  }

  list(descriptor: Descriptor): void {
    this.#archive.list(descriptor);
  }

  async commit(): Promise<void> {
    await this.#archive.commit();
    // An engine may have answered before it had read everything.
    await this.#writer.close().catch(() => {});
    await this.#load;
    this.#engine[Symbol.dispose]();
  }

  async abandon(): Promise<void> {
    await this.#writer.abort().catch(() => {});
    await this.#load.catch(() => {});
    this.#engine[Symbol.dispose]();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      // The engine's own words are better than that the stream has ended.
      await this.#load;
      throw error;
    }
  }

  #keepingConfig(content: BlobContent): BlobContent {
    const { digest, mediaType, open } = content;
    if (digest === undefined || !CONFIG_TYPES.has(mediaType)) return content;
    const keep = async (offset?: number) => {
      const bytes = await new Response(await open(offset)).bytes();
      if (!offset) this.#configs.set(digest, bytes.slice());
      return new Blob([bytes]).stream();
    };
    return { ...content, open: keep };
  }
}
