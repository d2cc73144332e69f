import { strict as assert } from "node:assert";
import { type BenchRun, benchTable } from "../../scripts/bench_report.ts";

function runOf(seconds: number): BenchRun {
  return { seconds, cpu: 2, memory: 3e6, wire: NaN };
}

Deno.test("benchTable() has the median of each contender, and nothing where nothing is measured", () => {
  const first = [runOf(9), runOf(1), runOf(4)];
  const table = benchTable(
    new Map([["k8scr", { first, again: [runOf(0.25)], changed: [] }]]),
  );
  assert.equal(
    table,
    "|  | first push | CPU | memory | to the Pod | again | to the Pod | one layer changed | to the Pod |\n" +
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n" +
      "| k8scr | 4.00 s | 2.00 s | 3 MB |  | 0.25 s |  |  |  |",
  );
});
