import type { CopyEvent, CopyStep } from "../../src/content/copy_event.ts";
import type { PushOutcome } from "../../src/content/image_target.ts";
import { parseDigest } from "../../src/oci/digest.ts";

/** A layer whose digest is one character, repeated. */
export function layerStep(
  id: number,
  character: string,
  size = 1000,
): CopyStep {
  const digest = `sha256:${character.repeat(64)}`;
  return { id, kind: "layer", digest, size, image: "app:1" };
}

/** The event at the beginning of a step. */
export function started(step: CopyStep): CopyEvent {
  return { type: "step-started", step };
}

/** The event in the middle of a step. */
export function progress(step: CopyStep, bytes: number): CopyEvent {
  return { type: "step-progress", step, bytes, position: bytes };
}

/** The event at the end of a step. */
export function finished(
  step: CopyStep,
  outcome: PushOutcome = "uploaded",
): CopyEvent & { readonly type: "step-finished" } {
  const size = step.size ?? 0;
  return {
    type: "step-finished",
    step,
    outcome,
    descriptor: {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: parseDigest(step.digest),
      size,
    },
    bytesSent: outcome === "uploaded" ? size : 0,
  };
}
