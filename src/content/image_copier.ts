import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { BlobContent } from "./blob_content.ts";
import { CopyError } from "./copy_error.ts";
import type { CopyListener } from "./copy_event.ts";
import { type ImagePlan, isTree } from "./copy_plan.ts";
import { configDescriptor, makeManifest } from "./draft_manifest.ts";
import type { PlannedAttachment } from "./image_companions.ts";
import type { ImageDraft, ImageSource, LayerDraft } from "./image_source.ts";
import type { ImageTarget } from "./image_target.ts";
import { findReusableLayers, type LayerReuse } from "./layer_reuse.ts";
import { blobKind, childrenFirst, type ManifestNode } from "./manifest_tree.ts";
import { type CopiedPart, type CopyRun, PartMover } from "./part_mover.ts";

/** Blobs at once: what dockerd and containerd use is 3 to 5. */
export const DEFAULT_JOBS = 4;

/** Options for {@linkcode ImageCopier}. */
export interface CopyOptions {
  /**
   * Blobs that are moved at once.
   *
   * @default {4}
   */
  readonly jobs?: number;
  /**
   * Which layers that would be compressed on the way are taken from what the
   * target has, whoever compressed them. The image is the same then, but its
   * digest depends on what the target holds.
   *
   * @default {true}
   */
  readonly reuseLayers?: LayerReuse;
  /** Ends the copy; no name is given then. */
  readonly signal?: AbortSignal;
  /** Receives what happens. */
  readonly onEvent?: CopyListener;
}

/** Where an image goes. */
export interface CopyDestination {
  /** The image's name in the target, for messages and events. */
  readonly name: string;
  /** The tags that it gets, in order; none for an image without a name. */
  readonly tags: readonly string[];
  /**
   * Makes of the tag of an attachment what the target calls it; absent where
   * tags are names.
   */
  readonly nameAttachment?: (tag: string) => string;
}

/** An image that was copied and confirmed. */
export interface CopiedImage {
  /** The root that the target holds. */
  readonly descriptor: Descriptor;
  /** Everything that belongs to the image, children before parents. */
  readonly parts: readonly CopiedPart[];
}

interface CopiedRoot extends CopiedImage {
  readonly bytes: Uint8Array;
}

interface ImageRun extends CopyRun, CopyDestination {}

/**
 * Copies images of one source: children first, root last, tag at the end. What
 * the target has is not moved again, and what several images share moves once.
 */
export class ImageCopier {
  readonly #source: ImageSource;
  readonly #options: CopyOptions;
  readonly #mover: PartMover;
  /** Layers whose digest was found while they were sent, by diffID. */
  readonly #found = new Map<string, BlobContent>();

  /** Makes a copier of one source. */
  constructor(source: ImageSource, options: CopyOptions = {}) {
    this.#source = source;
    this.#options = options;
    this.#mover = new PartMover({
      jobs: options.jobs ?? DEFAULT_JOBS,
      ...options.onEvent && { onEvent: options.onEvent },
    });
  }

  /**
   * Copies an image and returns after the target has confirmed its root.
   *
   * @throws {CopyError} when a part cannot be moved; no tag is set then
   */
  async copy(
    plan: ImagePlan,
    target: ImageTarget,
    destination: CopyDestination,
  ): Promise<CopiedImage> {
    const { name, tags } = destination;
    this.#options.onEvent?.({ type: "image-started", image: name });
    const image = await this.#stopTogether(async (signal, stop) => {
      const run = { ...destination, target, signal, stop };
      const root = await this.#copyRoot(run, plan.root);
      const referrers = await this.#copyTrees(run, plan.referrers);
      const attachments = await this.#copyAttachments(run, plan.attachments);
      for (const tag of tags) await tagRoot(run, root, tag);
      return { ...root, parts: [...root.parts, ...referrers, ...attachments] };
    });
    const { descriptor, parts } = image;
    this.#options.onEvent?.({
      type: "image-finished",
      image: name,
      descriptor,
    });
    return { descriptor, parts };
  }

  /** Ends what is still running when one part of an image fails. */
  async #stopTogether<T>(
    copy: (
      signal: AbortSignal,
      stop: (reason: unknown) => void,
    ) => Promise<T>,
  ): Promise<T> {
    const failed = new AbortController();
    const signal = AbortSignal.any([
      failed.signal,
      ...this.#options.signal ? [this.#options.signal] : [],
    ]);
    try {
      return await copy(signal, (reason) => failed.abort(reason));
    } catch (error) {
      await this.#mover.idle();
      throw error;
    }
  }

  async #copyRoot(
    run: ImageRun,
    root: ManifestNode | ImageDraft,
  ): Promise<CopiedRoot> {
    if (!isTree(root)) return await this.#copyDraft(run, root);
    const parts = await this.#copyTrees(run, [root]);
    return { descriptor: root.descriptor, bytes: root.bytes, parts };
  }

  async #copyTrees(
    run: CopyRun,
    trees: readonly ManifestNode[],
  ): Promise<readonly CopiedPart[]> {
    const nodes = trees.flatMap(childrenFirst);
    const blobs = nodes.flatMap((node) =>
      node.blobs.map((blob, index) => {
        const open = (offset?: number) => this.#source.open(blob, offset);
        return this.#mover.blob(run, {
          kind: blobKind(node, index),
          content: { ...blob, open },
          identity: blob.digest,
          size: blob.size,
        });
      })
    );
    const parts = await Promise.all(blobs);
    for (const { descriptor, bytes } of nodes) {
      // An index must come after the manifests that it lists.
      parts.push(await this.#mover.manifest(run, descriptor, bytes));
    }
    return parts;
  }

  /** Whoever sees the image's tag finds its signatures. */
  async #copyAttachments(
    run: ImageRun,
    attachments: readonly PlannedAttachment[],
  ): Promise<readonly CopiedPart[]> {
    const { nameAttachment = (tag: string) => tag } = run;
    const parts = await this.#copyTrees(
      run,
      attachments.map(({ tree }) => tree),
    );
    for (const { tag, tree } of attachments) {
      await tagRoot(run, tree, nameAttachment(tag));
    }
    return parts;
  }

  async #copyDraft(run: ImageRun, draft: ImageDraft): Promise<CopiedRoot> {
    const config = configDescriptor(draft.config);
    const reusable = await this.#findReusable(run, draft.layers);
    const [configPart, ...layers] = await Promise.all([
      this.#mover.blob(run, {
        kind: "config",
        content: { ...config, open: inMemory(draft.config) },
        identity: config.digest,
        size: config.size,
      }),
      ...draft.layers.map((layer) =>
        this.#copyLayer(run, layer, reusable.get(layer.diffId))
      ),
    ]);
    const { descriptor, bytes } = makeManifest(
      config,
      layers.map((layer) => layer.descriptor),
    );
    const manifest = await this.#mover.manifest(run, descriptor, bytes);
    return { descriptor, bytes, parts: [configPart, ...layers, manifest] };
  }

  async #findReusable(
    { target, tags, signal }: ImageRun,
    layers: readonly LayerDraft[],
  ): Promise<ReadonlyMap<Digest, Descriptor>> {
    const unknown = layers.filter(({ diffId }) => !this.#found.has(diffId));
    const { reuseLayers: reuse = true } = this.#options;
    return await findReusableLayers(target, unknown, { reuse, tags, signal });
  }

  async #copyLayer(
    run: CopyRun,
    layer: LayerDraft,
    substitute: Descriptor | undefined,
  ): Promise<CopiedPart> {
    // An earlier image of the source may have had the layer: its digest is
    // known now, so that the target can take it without a second compression.
    const content = this.#found.get(layer.diffId) ?? layer.content;
    const part = await this.#mover.blob(run, {
      kind: "layer",
      content,
      identity: layer.diffId,
      size: layer.storedSize,
      ...substitute && { substitute },
    });
    // Others compressed what was found: it cannot be made again from here.
    if (part.outcome === "uploaded") {
      const { mediaType, digest, size } = part.descriptor;
      const { open } = content;
      this.#found.set(layer.diffId, { mediaType, digest, size, open });
    }
    return part;
  }
}

async function tagRoot(
  run: CopyRun,
  root: Pick<CopiedRoot, "descriptor" | "bytes">,
  tag: string,
): Promise<void> {
  try {
    await run.target.tag(root.descriptor, root.bytes, tag, run.signal);
  } catch (error) {
    throw new CopyError(run.name, `the tag "${tag}"`, error);
  }
}

function inMemory(bytes: Uint8Array): BlobContent["open"] {
  return (offset = 0) =>
    Promise.resolve(
      new ReadableStream({
        start(controller) {
          // A copy: the reader may give back its memory.
          if (offset < bytes.length) controller.enqueue(bytes.slice(offset));
          controller.close();
        },
      }),
    );
}
