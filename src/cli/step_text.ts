import type { CopyEvent, CopyStep } from "../content/copy_event.ts";
import { formatDuration, formatSize } from "./quantity.ts";
import type { TransferMeter } from "./transfer_meter.ts";

/** Hex characters of a digest that tell it from others: docker's own number. */
const SHORT_DIGEST = 12;

/** The event at the end of a step. */
export type StepFinished = CopyEvent & { readonly type: "step-finished" };

/** Names a step in a line of progress: `layer 0123456789ab`. */
export function stepTitle({ kind, digest }: CopyStep): string {
  return `${kind} ${shortDigest(digest)}`;
}

function shortDigest(digest: string): string {
  const encoded = digest.slice(digest.indexOf(":") + 1);
  return encoded.slice(0, SHORT_DIGEST);
}

/** The line at the end of a step. */
export function finishedText(
  event: StepFinished,
  milliseconds: number,
): string {
  const { step, outcome, bytesSent, descriptor } = event;
  const head = `${step.image}: ${stepTitle(step)}`;
  // A layer is named by its diffID before it is compressed.
  const as = descriptor.digest === step.digest
    ? ""
    : ` as ${shortDigest(descriptor.digest)}`;
  if (outcome === "existing") return `${head} is there already${as}`;
  if (outcome === "mounted") return `${head} mounted${as}, nothing sent`;
  return `${head} ${outcome}, ${formatSize(bytesSent)} in ${
    formatDuration(milliseconds)
  }`;
}

/** How far a step is: `45.0 MB of 120 MB, 12.3 MB/s, 6 s left`. */
export function transferText(meter: TransferMeter, now: number): string {
  const { bytes, size } = meter;
  const remaining = meter.remaining(now);
  return [
    size === undefined || bytes > size
      ? formatSize(bytes)
      : `${formatSize(bytes)} of ${formatSize(size)}`,
    `${formatSize(meter.rate(now))}/s`,
    ...remaining === undefined ? [] : [`${formatDuration(remaining)} left`],
  ].join(", ");
}
