import type { FlagGroup } from "./flag_spec.ts";
import { linkFlags } from "./link_settings.ts";
import { resultFlags } from "./output_flags.ts";

/** The flags about moving bytes that an examination has a use for. */
const LINK_FLAGS: readonly string[] = ["chunk-size", "stall-timeout"];

/** The flags of `k8scr doctor` alone. */
export const doctorFlags: readonly FlagGroup[] = [
  {
    heading: "Examination flags:",
    flags: [
      {
        name: "quick",
        description: "send nothing to the registry that takes its time",
      },
      ...linkFlags.filter(({ name }) => LINK_FLAGS.includes(name)),
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
