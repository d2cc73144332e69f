import type { Descriptor } from "../oci/descriptor.ts";
import type { PushOutcome } from "./image_target.ts";

/** What is copied, as one step that a user can watch. */
export interface CopyStep {
  /** Tells this step from all others of the copy. */
  readonly id: number;
  /** What it is. */
  readonly kind: "layer" | "config" | "blob" | "manifest" | "index";
  /** Digest, or the diffID where the digest is not known yet. */
  readonly digest: string;
  /** Bytes that are expected to move, where that is known. */
  readonly size?: number;
  /** The name of the image it belongs to, in the target. */
  readonly image: string;
}

/** What happens during a copy, for displays; the copy itself never prints. */
export type CopyEvent =
  | { readonly type: "image-started"; readonly image: string }
  | { readonly type: "step-started"; readonly step: CopyStep }
  | {
    readonly type: "step-progress";
    readonly step: CopyStep;
    /** Bytes that the target has acknowledged so far. */
    readonly bytes: number;
    /** How much of the step's size they stand for; more than it for some. */
    readonly position: number;
  }
  | {
    readonly type: "step-finished";
    readonly step: CopyStep;
    readonly outcome: PushOutcome;
    /** What is in the target now. */
    readonly descriptor: Descriptor;
    /** Bytes of content that were sent for it. */
    readonly bytesSent: number;
  }
  | { readonly type: "warning"; readonly message: string }
  | {
    readonly type: "image-finished";
    readonly image: string;
    /** The root that the target has confirmed. */
    readonly descriptor: Descriptor;
  };

/** Receives the events of a copy. */
export type CopyListener = (event: CopyEvent) => void;
