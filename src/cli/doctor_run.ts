import project from "../../deno.json" with { type: "json" };
import { diagnose } from "../cluster/doctor_diagnosis.ts";
import { withTrace } from "../http/trace.ts";
import { explainFailure } from "./doctor_explanation.ts";
import { doctorExitCode, doctorJson, doctorLine } from "./doctor_report.ts";
import type { DoctorSettings } from "./doctor_settings.ts";
import type { Io } from "./io.ts";
import { DEFAULT_REGISTRY } from "./registry_flags.ts";

/**
 * Does what `k8scr doctor` was told, and returns the exit code. In text each
 * line comes as soon as it is known.
 */
export async function runDoctor(
  settings: DoctorSettings,
  io: Io,
): Promise<number> {
  const { output, verbose, ...rest } = settings;
  const trace = withTrace((line) => void io.stderr.write(`${line}\n`));
  const findings = await diagnose({
    ...rest,
    orReplica: rest.registry === DEFAULT_REGISTRY,
    host: io.kubeHost({ stdinTaken: false }),
    userAgent: `k8scr/${project.version}`,
    ...verbose && { trace },
  }, {
    explain: explainFailure,
    signal: io.signal,
    ...output === "text" && {
      onFinding: (finding) => io.stdout.write(doctorLine(finding)),
    },
  });
  if (output === "json") await io.stdout.write(doctorJson(findings));
  return doctorExitCode(findings);
}
