import type { TerminalSize } from "./io.ts";
import { stepTitle, transferText } from "./step_text.ts";
import type { BlockLine } from "./terminal_block.ts";
import type { RunningStep } from "./running_steps.ts";

/** Below this a bar says nothing and gives its room to the numbers. */
const MIN_BAR = 10;
const MAX_BAR = 40;

/** Draws a running step as one line: title, bar, numbers. */
export function renderBar(
  { step, meter }: RunningStep,
  now: number,
  { columns }: TerminalSize,
): BlockLine {
  const title = stepTitle(step);
  const numbers = transferText(meter, now);
  const room = columns - 1 - title.length - numbers.length - "  [] ".length;
  if (meter.size === undefined || room < MIN_BAR) {
    return { text: `${title}  ${numbers}` };
  }
  const width = Math.min(room, MAX_BAR);
  const share = meter.size === 0 ? 1 : Math.min(1, meter.bytes / meter.size);
  const filled = Math.floor(share * width);
  const head = filled < width ? ">" : "";
  const bar = ("=".repeat(filled) + head).padEnd(width);
  const from = title.length + "  [".length;
  return {
    text: `${title}  [${bar}] ${numbers}`,
    highlight: { from, to: from + filled },
  };
}
