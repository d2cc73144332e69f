import { type CheckReport, checkStore } from "../server/store_check.ts";
import type { CheckProblem } from "../server/store_problems.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { formatSize } from "./quantity.ts";
import type { ServeSettings } from "./serve_settings.ts";

/**
 * Checks a store, and repairs it unless it is to be read only.
 *
 * @returns 1 when something is broken and was not repaired
 */
export async function checkRegistry(
  settings: ServeSettings,
  io: Io,
): Promise<number> {
  const isText = settings.output === "text";
  const report = await checkStore(settings.dataDir, {
    repair: !settings.readOnly,
    signal: io.signal,
    onProblem: (problem) => {
      if (isText) io.stdout.write(`${describeProblem(problem)}\n`);
    },
  });
  await io.stdout.write(
    `${isText ? summary(report) : JSON.stringify(report)}\n`,
  );
  return report.problems.every(({ repaired }) => repaired)
    ? ExitCode.OK
    : ExitCode.FAILED;
}

function describeProblem({ message, repaired }: CheckProblem): string {
  return `${repaired ? "repaired" : "broken"}: ${message}`;
}

function summary(report: CheckReport): string {
  const { problems } = report;
  const broken = problems.filter(({ repaired }) => !repaired).length;
  const read = [
    count(report.repositories, "repository", "repositories"),
    count(report.tags, "tag", "tags"),
    count(report.manifests, "manifest", "manifests"),
    count(report.blobs, "blob", "blobs"),
  ].join(", ");
  return `${read} of ${formatSize(report.bytes)}: ${
    problems.length === 0
      ? "all is sound"
      : `${broken} broken, ${problems.length - broken} repaired`
  }`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
