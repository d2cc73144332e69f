import { strict as assert } from "node:assert";
import {
  Examination,
  type NamedFinding,
} from "../../src/cluster/doctor_examination.ts";
import type { CheckResult } from "../../src/cluster/doctor_finding.ts";

function examination(signal?: AbortSignal): {
  readonly examination: Examination;
  readonly told: readonly NamedFinding[];
} {
  const told: NamedFinding[] = [];
  return {
    told,
    examination: new Examination({
      explain: (error) => ({ text: String(error), fault: "unreachable" }),
      onFinding: (finding) => void told.push(finding),
      ...signal && { signal },
    }),
  };
}

const GOOD: CheckResult<number> = { status: "ok", text: "good", value: 7 };

Deno.test("Examination.check() tells what a check found, and hands it on", async () => {
  const { examination: doctor, told } = examination();
  const first = await doctor.check("first", () => GOOD);
  const second = await doctor.check("second", () => ({
    ...GOOD,
    text: `${first.need() + 1}`,
  }));
  assert.equal(second.get(), 7);
  assert.deepEqual(told, [
    { name: "first", status: "ok", text: "good" },
    { name: "second", status: "ok", text: "8" },
  ]);
  assert.deepEqual(doctor.findings, told);
});

Deno.test("Examination.check() tells an error as a failure", async () => {
  const { examination: doctor, told } = examination();
  const outcome = await doctor.check("first", () => {
    throw new RangeError("Broken");
  });
  assert.equal(outcome.get(), undefined);
  assert.deepEqual(told, [{
    name: "first",
    status: "failed",
    text: "RangeError: Broken",
    fault: "unreachable",
  }]);
});

Deno.test("Examination.check() skips what needs a check that failed, and names the first", async () => {
  const { examination: doctor, told } = examination();
  const first = await doctor.check<number>("first", () => {
    throw new Error("Broken");
  });
  const second = await doctor.check("second", () => ({
    ...GOOD,
    value: first.need(),
  }));
  const third = second.map((value) => value + 1);
  await doctor.check("fourth", () => ({ ...GOOD, value: third.need() }));
  assert.deepEqual(told.slice(1), [
    { name: "second", status: "skipped", text: 'because "first" failed' },
    { name: "fourth", status: "skipped", text: 'because "first" failed' },
  ]);
});

Deno.test("Examination.check() goes on after a warning, and not after a failure with a value", async () => {
  const { examination: doctor, told } = examination();
  const warned = await doctor.check("warned", () => ({
    status: "warning",
    text: "hm",
  }));
  const failed = await doctor.check<number>("failed", () => ({
    ...GOOD,
    status: "failed",
    fault: "forbidden",
  }));
  const left = await doctor.check("left", () => ({
    status: "skipped",
    text: "left out",
  }));
  await doctor.check("a", () => GOOD, { after: [warned] });
  await doctor.check("b", () => GOOD, { after: [failed] });
  await doctor.check("c", () => ({ ...GOOD, value: failed.need() }));
  await doctor.check("d", () => GOOD, { after: [left] });
  assert.deepEqual(
    told.slice(3).map(({ name, status, text }) => [
      name,
      status,
      text,
    ]),
    [
      ["a", "ok", "good"],
      ["b", "skipped", 'because "failed" failed'],
      ["c", "ok", "good"],
      ["d", "skipped", 'because "left" was left out'],
    ],
  );
});

Deno.test("Examination.check() ends with the signal's reason", async () => {
  const controller = new AbortController();
  const { examination: doctor, told } = examination(controller.signal);
  await assert.rejects(
    doctor.check("first", () => {
      controller.abort(new DOMException("Interrupted", "AbortError"));
      throw new Error("Broken off");
    }),
    { name: "AbortError" },
  );
  await assert.rejects(doctor.check("second", () => GOOD), {
    name: "AbortError",
  });
  assert.deepEqual(told, []);
});
