import type { Output, TerminalSize } from "./io.ts";

/** A text and how it is coloured when it is written; widths are those of the text. */
export interface BlockLine {
  /** The text, without control characters. */
  readonly text: string;
  /** How many of its characters, from `from` on, are coloured. */
  readonly highlight?: { readonly from: number; readonly to: number };
}

const COLOR = "\x1b[36m";
const NO_COLOR = "\x1b[39m";

/** Options for {@linkcode TerminalBlock}. */
export interface TerminalBlockOptions {
  /** Whether highlights are coloured. */
  readonly color: boolean;
}

/**
 * Lines at the bottom of a terminal that are written again in place.
 *
 * `log-update` would do this on a Node stream of the process; here writes are
 * awaited, go to any {@linkcode Output}, and lines that wrapped because the
 * terminal became narrower are erased as well.
 */
export class TerminalBlock {
  readonly #output: Output;
  readonly #color: boolean;
  #lines: readonly BlockLine[] = [];

  constructor(output: Output, options: TerminalBlockOptions) {
    this.#output = output;
    this.#color = options.color;
  }

  /**
   * Writes the lines in place of those that are there, cut to the width of the
   * terminal and never more than it has.
   */
  draw(lines: readonly BlockLine[], size: TerminalSize): void {
    const fitting = fit(lines, size);
    const frame = this.#erasure(size) + this.#text(fitting);
    this.#lines = fitting;
    if (frame !== "") this.#output.write(frame);
  }

  /** Writes text that stays, above the lines. */
  print(text: string, size: TerminalSize): void {
    this.#output.write(
      `${this.#erasure(size)}${text}\n${this.#text(this.#lines)}`,
    );
  }

  #erasure({ columns }: TerminalSize): string {
    const rows = this.#lines.reduce(
      (sum, { text }) => sum + Math.max(1, Math.ceil(text.length / columns)),
      0,
    );
    return rows === 0 ? "" : `\r\x1b[${rows}A\x1b[J`;
  }

  #text(lines: readonly BlockLine[]): string {
    return lines.map((line) => `${this.#paint(line)}\n`).join("");
  }

  #paint({ text, highlight }: BlockLine): string {
    if (!this.#color || highlight === undefined) return text;
    const { from, to } = highlight;
    return text.slice(0, from) + COLOR + text.slice(from, to) + NO_COLOR +
      text.slice(to);
  }
}

function fit(
  lines: readonly BlockLine[],
  { columns, rows }: TerminalSize,
): readonly BlockLine[] {
  // The cursor stands on a line of its own below the block.
  const max = Math.max(1, rows - 1);
  const shown = lines.length <= max ? lines : [
    ...lines.slice(0, max - 1),
    { text: `... and ${lines.length - max + 1} more` },
  ];
  // A character in the last column makes some terminals wrap.
  return shown.map((line) => ({
    ...line,
    text: line.text.slice(0, columns - 1),
  }));
}
