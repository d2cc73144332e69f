import { draftPlainLayers } from "../archive/plain_layers.ts";
import { type ImagePlan, isTree } from "../content/copy_plan.ts";
import type { ImageSource } from "../content/image_source.ts";
import { childrenFirst, type ManifestNode } from "../content/manifest_tree.ts";
import { isIndexType } from "../oci/media_type.ts";
import { formatPlatform, isRunnable } from "../oci/platform.ts";
import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode planForDocker}. */
export interface DockerPlanOptions {
  /** What the image is called, for messages. */
  readonly name: string;
  /** Whether layers are stored as plain tars. */
  readonly decompress: boolean;
}

/**
 * Makes of a plan what Docker's formats can hold: one platform, and nothing
 * that is about the image.
 *
 * @throws {UsageError} when the image has several platforms, and none was chosen
 */
export async function planForDocker(
  source: ImageSource,
  plan: ImagePlan,
  options: DockerPlanOptions,
): Promise<ImagePlan> {
  if (!isTree(plan.root)) return plan;
  const root = onlyPlatform(plan.root, options.name);
  const { digest } = root.descriptor;
  const notes = [...plan.notes];
  if (root !== plan.root) {
    notes.push(
      `${options.name} has one platform: the digest is ${digest}, that of its index is ${plan.root.descriptor.digest}`,
    );
  }
  if (!options.decompress) {
    return { root, referrers: [], attachments: [], notes };
  }
  notes.push(
    `The layers of ${options.name} are stored as plain tars: the image ID stays, the digest is no longer ${digest}`,
  );
  const draft = await draftPlainLayers(source, root);
  return { root: draft, referrers: [], attachments: [], notes };
}

function onlyPlatform(root: ManifestNode, name: string): ManifestNode {
  const platforms = childrenFirst(root).filter(isPlatform);
  const [only, ...more] = platforms;
  if (only !== undefined && more.length === 0) return only;
  const list = platforms.map(({ descriptor: { platform, digest } }) =>
    platform === undefined ? digest : formatPlatform(platform)
  );
  throw new UsageError(
    `Cannot write "${name}" as Docker's image: it has the platforms ${
      list.join(", ") || "none"
    }, must have 1`,
    {
      recommendation:
        "Choose one with --platform, or keep all of them: oci-archive:FILE or oci:DIR",
    },
  );
}

function isPlatform({ descriptor }: ManifestNode): boolean {
  if (isIndexType(descriptor.mediaType)) return false;
  return descriptor.platform === undefined || isRunnable(descriptor.platform);
}
