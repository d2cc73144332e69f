/** What can be wrong with a store. */
export type CheckProblemKind =
  /** Content that has another digest than its name says. */
  | "damaged-content"
  /** A link to content that is not there. */
  | "link-to-nothing"
  /** A link file that does not say what its name says. */
  | "damaged-link"
  /** A tag that points to no manifest of its repository. */
  | "tag-of-nothing"
  /** A manifest that cannot be read. */
  | "damaged-manifest"
  /** A manifest whose blob is not there, or not linked. */
  | "missing-blob"
  /** A list of referrers that lacks one, or has one too many. */
  | "referrers";

/** Something wrong with a store. */
export interface CheckProblem {
  /** What sort of problem it is. */
  readonly kind: CheckProblemKind;
  /** What it is, as a sentence. */
  readonly message: string;
  /** Whether it is right now. */
  readonly repaired: boolean;
}

/** Options for {@linkcode StoreProblems}. */
export interface StoreProblemsOptions {
  /** Whether what can be put right is put right. Default false. */
  readonly repair?: boolean;
  /** Called with each problem as it is found. */
  readonly onProblem?: (problem: CheckProblem) => void;
}

/** The problems of a store, each repaired as it is found where it can be. */
export class StoreProblems {
  /** All that were found. */
  readonly all: CheckProblem[] = [];
  readonly #options: StoreProblemsOptions;

  /** Starts with none. */
  constructor(options: StoreProblemsOptions = {}) {
    this.#options = options;
  }

  /** Notes a problem after its repair, if there is one. */
  async add(
    kind: CheckProblemKind,
    message: string,
    repair?: () => Promise<unknown>,
  ): Promise<void> {
    const { repair: mayRepair = false, onProblem } = this.#options;
    const repaired = mayRepair && repair !== undefined;
    if (repaired) await repair();
    const problem = { kind, message, repaired };
    this.all.push(problem);
    onProblem?.(problem);
  }
}
