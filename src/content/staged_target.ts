import type { Descriptor } from "../oci/descriptor.ts";
import type { ImageTarget } from "./image_target.ts";

/** Options for {@linkcode StagedTarget.abandon}. */
export interface AbandonOptions {
  /**
   * Whether what has arrived stays beside the final name, for the next try to
   * go on with.
   */
  readonly keepDrafts: boolean;
}

/**
 * A target on this host that shows its images all together, at the end. Its
 * names are full references, for it is not one repository.
 */
export interface StagedTarget extends ImageTarget {
  /** Lists an image that has no name; it would be lost otherwise. */
  list(descriptor: Descriptor): void;

  /** Shows what was written and named under its final name. */
  commit(): Promise<void>;

  /** Gives up what was not committed; after a commit it does nothing. */
  abandon(options: AbandonOptions): Promise<void>;
}
