import { strict as assert } from "node:assert";
import {
  type CheckProblem,
  StoreProblems,
} from "../../src/server/store_problems.ts";

async function addTwo(options: { repair?: boolean }): Promise<{
  readonly repairs: number;
  readonly seen: readonly CheckProblem[];
}> {
  const seen: CheckProblem[] = [];
  const problems = new StoreProblems({
    ...options,
    onProblem: (problem) => seen.push(problem),
  });
  let repairs = 0;
  await problems.add("damaged-link", "One", () => {
    repairs++;
    return Promise.resolve();
  });
  await problems.add("missing-blob", "Two");
  assert.deepEqual(problems.all, seen);
  return { repairs, seen };
}

Deno.test("StoreProblems repairs what it may and can", async () => {
  const { repairs, seen } = await addTwo({ repair: true });
  assert.equal(repairs, 1);
  assert.deepEqual(seen, [
    { kind: "damaged-link", message: "One", repaired: true },
    { kind: "missing-blob", message: "Two", repaired: false },
  ]);
});

Deno.test("StoreProblems repairs nothing unless it is told to", async () => {
  const { repairs, seen } = await addTwo({});
  assert.equal(repairs, 0);
  assert.deepEqual(seen.map(({ repaired }) => repaired), [false, false]);
});
