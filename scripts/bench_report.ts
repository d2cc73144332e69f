/** One run of one contender; NaN is what is not measured. */
export interface BenchRun {
  /** Seconds from its start to its end. */
  readonly seconds: number;
  /** Seconds of all its processors. */
  readonly cpu: number;
  /** Bytes of its largest process. */
  readonly memory: number;
  /** Bytes that went to the Pod. */
  readonly wire: number;
}

/** All runs of one contender. */
export interface BenchResults {
  /** Pushes to an empty registry. */
  readonly first: BenchRun[];
  /** Pushes of the same image once more. */
  readonly again: BenchRun[];
  /** Pushes of the image with one layer changed, after that. */
  readonly changed: BenchRun[];
}

/** Writes a Markdown table of medians. */
export function benchTable(
  results: ReadonlyMap<string, BenchResults>,
): string {
  const head = [
    ...["", "first push", "CPU", "memory", "to the Pod"],
    ...["again", "to the Pod", "one layer changed", "to the Pod"],
  ];
  const rows = [...results].map(([name, { first, again, changed }]) => [
    name,
    seconds(median(first, "seconds")),
    seconds(median(first, "cpu")),
    megabytes(median(first, "memory")),
    megabytes(median(first, "wire")),
    seconds(median(again, "seconds")),
    megabytes(median(again, "wire")),
    seconds(median(changed, "seconds")),
    megabytes(median(changed, "wire")),
  ]);
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function median(runs: readonly BenchRun[], field: keyof BenchRun): number {
  const sorted = runs.map((run) => run[field]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function seconds(value: number): string {
  return isNaN(value) ? "" : `${value.toFixed(2)} s`;
}

function megabytes(value: number): string {
  return isNaN(value) ? "" : `${Math.round(value / 1e6)} MB`;
}
