import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { CopyStep } from "./copy_event.ts";
import { type ImagePlan, isTree } from "./copy_plan.ts";
import { configDescriptor, makeManifest } from "./draft_manifest.ts";
import type { ImageDraft, LayerDraft } from "./image_source.ts";
import { findReusableLayers, type LayerReuse } from "./layer_reuse.ts";
import type { ImageTarget } from "./image_target.ts";
import {
  blobKind,
  childrenFirst,
  manifestKind,
  type ManifestNode,
} from "./manifest_tree.ts";

/** What a copy would do with a part of an image. */
export type PreviewState =
  /** The target holds it. */
  | "existing"
  /** Another repository of the same push lends it. */
  | "mount"
  /** It has to be sent. */
  | "send";

/** A part of an image and what a copy would do with it. */
export interface PreviewedPart {
  /** What it is. */
  readonly kind: CopyStep["kind"];
  /** Digest, or the diffID of a layer whose digest is known only after sending. */
  readonly digest: Digest;
  /** Whether {@linkcode digest} is that of the bytes to send. */
  readonly exact: boolean;
  /** Bytes to send where that is known, else bytes stored in the source. */
  readonly size: number;
  /** What a copy would do. */
  readonly state: PreviewState;
}

/** What a copy of an image would do. */
export interface PreviewedImage {
  /** The root's digest, where it can be known before anything is sent. */
  readonly digest?: Digest;
  /** All parts, children before parents. */
  readonly parts: readonly PreviewedPart[];
}

/** Options for {@linkcode CopyPreview.preview}. */
export interface PreviewOptions {
  /** The tags that the image would get; default none. */
  readonly tags?: readonly string[];
  /** As in {@linkcode CopyOptions}; default yes. */
  readonly reuseLayers?: LayerReuse;
}

/** Tells what a copy would do; it only asks, and sends nothing. */
export class CopyPreview {
  /** Which repository would hold a digest after the images so far. */
  readonly #planned = new Map<string, ImageTarget>();

  /** Looks at one image, after those that would be copied before it. */
  async preview(
    plan: ImagePlan,
    target: ImageTarget,
    options: PreviewOptions = {},
  ): Promise<PreviewedImage> {
    const image = isTree(plan.root)
      ? await this.#previewTrees([plan.root], target)
      : await this.#previewDraft(plan.root, target, options);
    const companions = await this.#previewTrees([
      ...plan.referrers,
      ...plan.attachments.map(({ tree }) => tree),
    ], target);
    return { ...image, parts: [...image.parts, ...companions.parts] };
  }

  async #previewTrees(
    trees: readonly ManifestNode[],
    target: ImageTarget,
  ): Promise<PreviewedImage> {
    const nodes = trees.flatMap(childrenFirst);
    const parts: PreviewedPart[] = [];
    for (const node of nodes) {
      for (const [index, blob] of node.blobs.entries()) {
        parts.push(await this.#part(blobKind(node, index), blob, target));
      }
    }
    for (const { descriptor } of nodes) {
      const kind = manifestKind(descriptor);
      parts.push(await this.#part(kind, descriptor, target));
    }
    const root = trees[0]?.descriptor.digest;
    return { ...root !== undefined && { digest: root }, parts };
  }

  async #previewDraft(
    draft: ImageDraft,
    target: ImageTarget,
    { tags = [], reuseLayers = true }: PreviewOptions,
  ): Promise<PreviewedImage> {
    const config = configDescriptor(draft.config);
    const query = { reuse: reuseLayers, tags };
    const reusable = await findReusableLayers(target, draft.layers, query);
    const parts = [await this.#part("config", config, target)];
    const layers: Descriptor[] = [];
    for (const layer of draft.layers) {
      const found = reusable.get(layer.diffId);
      const descriptor = found ?? knownDescriptor(layer);
      if (descriptor === undefined) {
        parts.push(this.#unknownLayer(layer, target));
        continue;
      }
      layers.push(descriptor);
      const part = await this.#part("layer", descriptor, target);
      // What was found in another repository is lent by that.
      const state = found && part.state === "send" ? "mount" : part.state;
      parts.push({ ...part, state });
    }
    if (layers.length < draft.layers.length) return { parts };
    const { descriptor } = makeManifest(config, layers);
    parts.push(await this.#part("manifest", descriptor, target));
    return { digest: descriptor.digest, parts };
  }

  async #part(
    kind: PreviewedPart["kind"],
    descriptor: Descriptor,
    target: ImageTarget,
  ): Promise<PreviewedPart> {
    const { digest, size } = descriptor;
    const planned = this.#planned.get(digest);
    const state = planned === target || await target.exists(descriptor)
      ? "existing"
      : planned === undefined || kind === "manifest" || kind === "index"
      ? "send"
      : "mount";
    if (planned === undefined) this.#planned.set(digest, target);
    return { kind, digest, exact: true, size, state };
  }

  #unknownLayer(layer: LayerDraft, target: ImageTarget): PreviewedPart {
    const planned = this.#planned.get(layer.diffId);
    this.#planned.set(layer.diffId, planned ?? target);
    return {
      kind: "layer",
      digest: layer.diffId,
      exact: false,
      size: layer.storedSize,
      state: planned === undefined
        ? "send"
        : planned === target
        ? "existing"
        : "mount",
    };
  }
}

function knownDescriptor({ content }: LayerDraft): Descriptor | undefined {
  const { mediaType, digest, size } = content;
  if (digest === undefined || size === undefined) return undefined;
  return { mediaType, digest, size };
}
