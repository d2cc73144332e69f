import { parseDuration, parseSize } from "./quantity.ts";
import { UsageError } from "./usage_error.ts";

/** What a number must be, for {@linkcode Flags.integer}. */
export interface IntegerRange {
  /** The smallest that is allowed. */
  readonly min: number;
  /** The largest that is allowed. */
  readonly max: number;
}

/**
 * The flags of one call by their long names, checked as they are read.
 *
 * All readers throw {@linkcode UsageError} that names the flag, the value and
 * what it must be.
 */
export class Flags {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  /** Tells whether a switch is on. */
  isOn(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** Tells whether a flag has a value. */
  has(name: string): boolean {
    return this.optional(name) !== undefined;
  }

  /** Returns the value of a flag that may be absent. */
  optional(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** Returns the value of a flag that has a default. */
  text(name: string): string {
    const value = this.optional(name);
    if (value !== undefined) return value;
    throw new UsageError(`Cannot go on without --${name}: it has no value`);
  }

  /** Returns the values of a flag that can be given several times. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    if (!Array.isArray(value)) return [];
    return value.filter((item) => typeof item === "string");
  }

  /** Returns a value that must be one of several. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.text(name);
    const choice = choices.find((item) => item === value);
    if (choice !== undefined) return choice;
    const last = choices.at(-1);
    throw this.fault(
      name,
      `must be ${choices.slice(0, -1).join(", ")} or ${last}`,
    );
  }

  /** Returns a whole number. */
  integer(name: string, range: IntegerRange): number {
    const value = this.text(name);
    const number = /^[0-9]+$/.test(value) ? Number(value) : NaN;
    if (number >= range.min && number <= range.max) return number;
    throw this.fault(
      name,
      `must be a whole number from ${range.min} to ${range.max}`,
    );
  }

  /** Returns a size in bytes, at least `min`. */
  size(name: string, min: number): number {
    const bytes = parseSize(this.text(name));
    if (bytes !== undefined && bytes >= min) return bytes;
    throw this.fault(
      name,
      `must be a size of at least ${min} bytes, such as 8M or 512Ki`,
    );
  }

  /** Returns a duration in milliseconds, more than 0. */
  duration(name: string): number {
    const milliseconds = parseDuration(this.text(name));
    if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
    throw this.fault(
      name,
      "must be a duration of more than 0, such as 60s or 1m30s",
    );
  }

  /** Makes the error for a value that cannot be used. */
  fault(name: string, wanted: string): UsageError {
    return new UsageError(
      `Cannot use --${name} "${this.optional(name)}": it ${wanted}`,
    );
  }
}
