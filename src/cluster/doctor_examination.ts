import type {
  CheckResult,
  Explanation,
  Finding,
  FindingStatus,
} from "./doctor_finding.ts";

/** A finding and the check that it comes from. */
export interface NamedFinding extends Finding {
  /** The check's name. */
  readonly name: string;
}

/** Options for {@linkcode Examination}. */
export interface ExaminationOptions {
  /** Tells an error as a finding. */
  readonly explain: (error: unknown) => Explanation;
  /** Called with each finding as soon as it is there. */
  readonly onFinding?: (finding: NamedFinding) => void | Promise<void>;
  /** Ends the examination. */
  readonly signal?: AbortSignal;
}

/** Options for {@linkcode Examination.check}. */
export interface CheckOptions {
  /** Checks that must not have failed before. */
  readonly after?: readonly Outcome<unknown>[];
}

/** The check that another one needs came to nothing. */
class PrerequisiteError extends Error {
  override readonly name = "PrerequisiteError";
  readonly root: NamedFinding;

  constructor(root: NamedFinding) {
    super(`The check "${root.name}" came to nothing`);
    this.root = root;
  }
}

/** What came of a check, for the checks behind it. */
export class Outcome<T> {
  readonly #value: T | undefined;
  readonly #root: NamedFinding;

  /** @param root the check itself, or the one that kept it from running */
  constructor(root: NamedFinding, value: T | undefined) {
    this.#root = root;
    this.#value = value;
  }

  /**
   * Returns what the check found. Called inside of another check, which is
   * skipped when there is nothing.
   */
  need(): T {
    if (this.#value === undefined) throw new PrerequisiteError(this.#root);
    return this.#value;
  }

  /** Returns what the check found, if it found something. */
  get(): T | undefined {
    return this.#value;
  }

  /** Returns an outcome whose value is made of this one's. */
  map<U>(change: (value: T) => U): Outcome<U> {
    const value = this.#value === undefined ? undefined : change(this.#value);
    return new Outcome(this.#root, value);
  }

  /** Skips the check that calls it when this one did not go well. */
  pass(): void {
    const bad: readonly FindingStatus[] = ["failed", "skipped"];
    if (bad.includes(this.#root.status)) {
      throw new PrerequisiteError(this.#root);
    }
  }
}

/** Runs checks one after the other and keeps what they find. */
export class Examination {
  /** What was found so far. */
  readonly findings: NamedFinding[] = [];
  readonly #options: ExaminationOptions;

  /** Makes one without any check. */
  constructor(options: ExaminationOptions) {
    this.#options = options;
  }

  /**
   * Runs a check. An error that it throws is a failure; a check that needs one
   * which came to nothing is skipped.
   *
   * @throws {unknown} the signal's reason
   */
  async check<T>(
    name: string,
    run: () => CheckResult<T> | Promise<CheckResult<T>>,
    { after = [] }: CheckOptions = {},
  ): Promise<Outcome<T>> {
    const { signal, onFinding } = this.#options;
    signal?.throwIfAborted();
    const { value, root, ...rest } = await this.#run(async () => {
      for (const outcome of after) outcome.pass();
      return await run();
    });
    const finding = { name, ...rest };
    this.findings.push(finding);
    await onFinding?.(finding);
    return new Outcome(root ?? finding, value);
  }

  async #run<T>(
    run: () => Promise<CheckResult<T>>,
  ): Promise<CheckResult<T> & { readonly root?: NamedFinding }> {
    try {
      return await run();
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (error instanceof PrerequisiteError) {
        const { root } = error;
        const end = root.status === "failed" ? "failed" : "was left out";
        const text = `because "${root.name}" ${end}`;
        return { status: "skipped", text, root };
      }
      return { status: "failed", ...this.#options.explain(error) };
    }
  }
}
