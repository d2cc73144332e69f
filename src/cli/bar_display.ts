import type { CopyEvent } from "../content/copy_event.ts";
import { visibleLines } from "../oci/visible_text.ts";
import type { Io } from "./io.ts";
import { renderBar } from "./progress_bar.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { RunningSteps } from "./running_steps.ts";
import { TerminalBlock } from "./terminal_block.ts";

/** How often bars are drawn, in milliseconds: what the eye takes as moving. */
const INTERVAL = 100;

/** A bar for every running step, below the lines of those that are finished. */
export class BarDisplay implements ProgressDisplay {
  readonly #io: Io;
  readonly #block: TerminalBlock;
  readonly #running = new RunningSteps();
  readonly #stops: readonly (() => void)[];

  constructor(io: Io) {
    this.#io = io;
    // https://no-color.org: any value but the empty one
    const color = (io.env("NO_COLOR") ?? "") === "";
    this.#block = new TerminalBlock(io.stderr, { color });
    this.#stops = [
      io.clock.every(INTERVAL, () => {
        // A slow terminal gets fewer frames, not a queue of old ones.
        if (io.stderr.pending === 0) this.#draw();
      }),
      io.onResize(() => this.#draw()),
    ];
  }

  /** Shows what happens during a copy. */
  readonly onEvent = (event: CopyEvent): void => {
    if (event.type === "warning") return this.warn(event.message);
    const line = this.#running.take(event, this.#io.clock.now());
    if (line === undefined) return;
    this.#draw();
    this.#print(line);
  };

  /** Prints something good to know. */
  note(message: string): void {
    this.#print(message);
  }

  /** Prints something that may be wrong. */
  warn(message: string): void {
    this.#print(`warning: ${message}`);
  }

  /** Prints a line about an HTTP exchange. */
  trace(message: string): void {
    this.#print(message);
  }

  /** Stops timers and takes the bars away. */
  close(): void {
    for (const stop of this.#stops) stop();
    this.#block.draw([], this.#io.terminalSize());
  }

  #draw(): void {
    const now = this.#io.clock.now();
    const size = this.#io.terminalSize();
    const bars = this.#running.all.filter(({ meter }) => meter.bytes > 0);
    this.#block.draw(bars.map((bar) => renderBar(bar, now, size)), size);
  }

  #print(text: string): void {
    this.#block.print(visibleLines(text), this.#io.terminalSize());
  }
}
