import type { NamedFinding } from "../cluster/doctor_examination.ts";
import type { Fault, FindingStatus } from "../cluster/doctor_finding.ts";
import { ExitCode } from "./exit_code.ts";

/** Characters of the longest status, and of the longest name of a check. */
const STATUS_WIDTH = 7;
const NAME_WIDTH = 11;

const EXIT_CODES: Readonly<Record<Fault, ExitCode>> = {
  input: ExitCode.USAGE,
  forbidden: ExitCode.FORBIDDEN,
  unreachable: ExitCode.UNREACHABLE,
  other: ExitCode.FAILED,
};

/** From the best to the worst. */
const STATUSES: readonly FindingStatus[] = [
  "skipped",
  "ok",
  "warning",
  "failed",
];

/** Writes a finding as a line, with the advice indented below it. */
export function doctorLine(finding: NamedFinding): string {
  const { status, name, text, advice } = finding;
  const indent = " ".repeat(STATUS_WIDTH + 2);
  const more = advice === undefined ? [] : advice.split("\n");
  return [
    `${status.padEnd(STATUS_WIDTH)}  ${name.padEnd(NAME_WIDTH)}  ${text}`,
    ...more.map((line) => `${indent}${line}`.trimEnd()),
  ].map((line) => `${line}\n`).join("");
}

/** Writes all findings as one JSON document. */
export function doctorJson(findings: readonly NamedFinding[]): string {
  const worst = Math.max(
    ...findings.map(({ status }) => STATUSES.indexOf(status)),
  );
  const document = {
    status: STATUSES[worst],
    exitCode: doctorExitCode(findings),
    checks: findings.map(({ name, status, text, advice, facts }) => ({
      name,
      status,
      text,
      ...advice !== undefined && { advice },
      ...facts && { facts },
    })),
  };
  return `${JSON.stringify(document)}\n`;
}

/**
 * Returns what the program ends with. The first failure on the way is the worst:
 * nothing behind it can work.
 */
export function doctorExitCode(findings: readonly NamedFinding[]): ExitCode {
  const first = findings.find(({ status }) => status === "failed");
  if (first === undefined) return ExitCode.OK;
  return EXIT_CODES[first.fault ?? "other"];
}
