import type { CopyEvent } from "../content/copy_event.ts";
import { visibleLines } from "../oci/visible_text.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { RunningSteps } from "./running_steps.ts";
import { stepTitle, transferText } from "./step_text.ts";

/** How often a step that takes long gets a line, in milliseconds. */
const INTERVAL = 10_000;
/** How often it is looked whether one is due, in milliseconds. */
const CHECK = 1000;

/** Options for {@linkcode LineDisplay}. */
export interface LineDisplayOptions {
  /**
   * Whether steps are shown, or only notes and warnings.
   *
   * @default {true}
   */
  readonly steps?: boolean;
}

/** A line for every finished step, and now and then one for those that take long. */
export class LineDisplay implements ProgressDisplay {
  readonly #io: Io;
  readonly #showsSteps: boolean;
  readonly #running = new RunningSteps();
  readonly #stop: () => void;

  constructor(io: Io, options: LineDisplayOptions = {}) {
    this.#io = io;
    this.#showsSteps = options.steps ?? true;
    this.#stop = this.#showsSteps
      ? io.clock.every(CHECK, () => this.#showLongOnes())
      : () => {};
  }

  /** Shows what happens during a copy. */
  readonly onEvent = (event: CopyEvent): void => {
    if (event.type === "warning") return this.warn(event.message);
    if (!this.#showsSteps) return;
    const line = this.#running.take(event, this.#io.clock.now());
    if (line !== undefined) this.#print(line);
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

  /** Stops the timer. */
  close(): void {
    this.#stop();
  }

  #showLongOnes(): void {
    const now = this.#io.clock.now();
    for (const running of this.#running.all) {
      if (now - running.shownAt < INTERVAL) continue;
      running.shownAt = now;
      const { step, meter } = running;
      this.#print(
        `${step.image}: ${stepTitle(step)} ${transferText(meter, now)}`,
      );
    }
  }

  #print(text: string): void {
    this.#io.stderr.write(`${visibleLines(text)}\n`);
  }
}
