import type { CopyEvent, CopyStep } from "../content/copy_event.ts";
import { finishedText } from "./step_text.ts";
import { TransferMeter } from "./transfer_meter.ts";

/** A step that is under way. */
export interface RunningStep {
  /** The step. */
  readonly step: CopyStep;
  /** How far it is. */
  readonly meter: TransferMeter;
  /** When it was last written about, on the display's clock. */
  shownAt: number;
}

/** Keeps account of the steps that are under way. */
export class RunningSteps {
  readonly #steps = new Map<number, RunningStep>();

  /** The steps, in the order in which they began. */
  get all(): readonly RunningStep[] {
    return [...this.#steps.values()];
  }

  /**
   * Takes in what happened.
   *
   * @returns the line to print, where the event ends a step
   */
  take(event: CopyEvent, now: number): string | undefined {
    switch (event.type) {
      case "step-started": {
        const { step } = event;
        const meter = new TransferMeter(now, step.size);
        this.#steps.set(step.id, { step, meter, shownAt: now });
        return undefined;
      }
      case "step-progress":
        this.#steps.get(event.step.id)?.meter.update(event.position, now);
        return undefined;
      case "step-finished": {
        const startedAt = this.#steps.get(event.step.id)?.meter.startedAt;
        this.#steps.delete(event.step.id);
        return finishedText(event, now - (startedAt ?? now));
      }
      default:
        return undefined;
    }
  }
}
