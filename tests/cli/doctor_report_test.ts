import { strict as assert } from "node:assert";
import {
  doctorExitCode,
  doctorJson,
  doctorLine,
} from "../../src/cli/doctor_report.ts";
import type { NamedFinding } from "../../src/cluster/doctor_examination.ts";

const GOOD: NamedFinding = { name: "user", status: "ok", text: '"jane"' };
const HM: NamedFinding = { name: "pod", status: "warning", text: "hm" };
const BAD: NamedFinding = {
  name: "permissions",
  status: "failed",
  fault: "forbidden",
  text: "you may not",
  advice: "Ask:\n  for it\n\nnow",
  facts: { get: false },
};

Deno.test("doctorLine() writes status, check and finding in columns", () => {
  assert.equal(doctorLine(GOOD), 'ok       user         "jane"\n');
  assert.equal(
    doctorLine(BAD),
    "failed   permissions  you may not\n" +
      "         Ask:\n" +
      "           for it\n" +
      "\n" +
      "         now\n",
  );
});

Deno.test("doctorJson() writes one document with the worst status", () => {
  const skipped: NamedFinding = { ...GOOD, name: "x", status: "skipped" };
  assert.deepEqual(JSON.parse(doctorJson([GOOD, BAD, skipped])), {
    status: "failed",
    exitCode: 3,
    checks: [
      { name: "user", status: "ok", text: '"jane"' },
      {
        name: "permissions",
        status: "failed",
        text: "you may not",
        advice: "Ask:\n  for it\n\nnow",
        facts: { get: false },
      },
      { name: "x", status: "skipped", text: '"jane"' },
    ],
  });
  assert.equal(JSON.parse(doctorJson([GOOD, skipped])).status, "ok");
  assert.equal(JSON.parse(doctorJson([HM, GOOD])).status, "warning");
});

Deno.test("doctorExitCode() is that of the first failure", () => {
  assert.equal(doctorExitCode([GOOD, HM]), 0);
  assert.equal(doctorExitCode([GOOD, BAD]), 3);
  const faults = [["input", 2], ["unreachable", 4], ["other", 1]] as const;
  for (const [fault, code] of faults) {
    assert.equal(doctorExitCode([HM, { ...BAD, fault }, BAD]), code);
  }
});
