/** Adds up what the lines of `--progress=json` say has been sent. */
export class UploadMeter {
  readonly #bytes = new Map<unknown, number>();

  /** Reads a line and returns the bytes that have been sent so far. */
  read(line: string): number {
    const event = parseEvent(line);
    if (event?.type === "step-progress") {
      this.#bytes.set(event.id, event.bytes ?? 0);
    }
    return this.#bytes.values().reduce((sum, bytes) => sum + bytes, 0);
  }
}

interface ProgressEvent {
  readonly type?: string;
  readonly id?: number;
  readonly bytes?: number;
}

/** Lines that are no events are errors, which others look at. */
function parseEvent(line: string): ProgressEvent | undefined {
  return line.startsWith("{") ? JSON.parse(line) : undefined;
}
