import type { CopyEvent } from "../content/copy_event.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";

/** How often the progress of one step is reported at most, in milliseconds. */
const INTERVAL = 1000;

/** One JSON object a line for everything that happens. */
export class JsonDisplay implements ProgressDisplay {
  readonly #io: Io;
  readonly #lineAt = new Map<number, number>();

  constructor(io: Io) {
    this.#io = io;
  }

  /** Shows what happens during a copy. */
  readonly onEvent = (event: CopyEvent): void => {
    if (!("step" in event)) return this.#print(event);
    if (event.type === "step-finished") this.#lineAt.delete(event.step.id);
    if (event.type === "step-progress" && !this.#isDue(event.step.id)) return;
    const { step, ...rest } = event;
    this.#print({ ...rest, ...step });
  };

  /** Prints something good to know. */
  note(message: string): void {
    this.#print({ type: "note", message });
  }

  /** Prints something that may be wrong. */
  warn(message: string): void {
    this.#print({ type: "warning", message });
  }

  /** Prints a line about an HTTP exchange. */
  trace(message: string): void {
    this.#print({ type: "trace", message });
  }

  /** Nothing is left behind. */
  close(): void {}

  #isDue(id: number): boolean {
    const now = this.#io.clock.now();
    const lineAt = this.#lineAt.get(id);
    if (lineAt !== undefined && now - lineAt < INTERVAL) return false;
    this.#lineAt.set(id, now);
    return true;
  }

  #print(value: object): void {
    this.#io.stderr.write(`${JSON.stringify(value)}\n`);
  }
}
