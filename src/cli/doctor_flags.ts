import type { FlagGroup } from "./flag_spec.ts";
import { chunkFlag, stallFlag } from "./link_settings.ts";
import { resultFlags } from "./output_flags.ts";

/** The flags of `k8scr doctor` alone. */
export const doctorFlags: readonly FlagGroup[] = [
  {
    heading: "Examination flags:",
    flags: [
      {
        name: "quick",
        description: "send nothing to the registry that takes its time",
      },
      chunkFlag,
      stallFlag,
    ],
  },
  {
    heading: resultFlags.heading,
    flags: [
      ...resultFlags.flags,
      {
        name: "verbose",
        short: "v",
        description: "print a line for every HTTP exchange, without secrets",
      },
    ],
  },
];
