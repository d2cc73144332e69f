import type { CommandSpec } from "../command_spec.ts";
import { doctorFlags } from "../doctor_flags.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr doctor`. */
export const doctorCommand: CommandSpec = {
  name: "doctor",
  summary: "Find out why a push does not work, or whether it would",
  description:
    "Look at all that a push needs, in order: the kubeconfig, the API server, who\n" +
    "you are, your permissions, the registry's Pod, the registry and what it can\n" +
    "do, the way there, the nodes. A line for each says ok, warning, failed or\n" +
    "skipped, and what to do.\n\n" +
    "The cluster is only read. A few megabytes are sent to the registry, into an\n" +
    "upload that is taken back; --quick leaves that out.",
  args: [],
  groups: [registryFlags, ...doctorFlags, kubectlFlags],
  examples: [
    { what: "Everything, for the registry in Pod k8scr", line: "{} doctor" },
    {
      what: "Another registry, as another user",
      line: "{} doctor -n infra -r deployment/registry --user pusher",
    },
    {
      what: "For a script",
      line: "{} doctor --quick -o json",
    },
  ],
  async run(call, io) {
    const { readDoctorSettings } = await import("../doctor_settings.ts");
    const settings = readDoctorSettings(call.flags);
    const { runDoctor } = await import("../doctor_run.ts");
    return await runDoctor(settings, io);
  },
};
