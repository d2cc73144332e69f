import type { FlagGroup } from "./flag_spec.ts";
import type { Flags } from "./flags.ts";

/** Forms of the result. */
export type OutputFormat = "text" | "json";
/** Forms of the progress on standard error. */
export type ProgressMode = "auto" | "bar" | "plain" | "json" | "none";

/** How a command speaks. */
export interface OutputSettings {
  /** The form of its result. */
  readonly output: OutputFormat;
  /** The form of its progress. */
  readonly progress: ProgressMode;
  /** Whether nothing but results and errors is printed. */
  readonly quiet: boolean;
  /** Whether every HTTP exchange is printed. */
  readonly verbose: boolean;
}

const OUTPUT_FORMATS: readonly OutputFormat[] = ["text", "json"];
const PROGRESS_MODES: readonly ProgressMode[] = [
  "auto",
  "bar",
  "plain",
  "json",
  "none",
];

/** The flag for the form of the result alone. */
export const resultFlags: FlagGroup = {
  heading: "Output flags:",
  flags: [{
    name: "output",
    short: "o",
    value: "FORM",
    description: "the result on standard output: text or json",
    choices: OUTPUT_FORMATS,
    default: "text",
  }],
};

/** Flags of commands that take their time. */
export const outputFlags: FlagGroup = {
  heading: resultFlags.heading,
  flags: [
    ...resultFlags.flags,
    {
      name: "progress",
      value: "FORM",
      description:
        "the progress on standard error: bar, plain, json, none, or auto for bars on a terminal and plain lines elsewhere",
      choices: PROGRESS_MODES,
      default: "auto",
    },
    {
      name: "quiet",
      short: "q",
      description: "print nothing but the result and errors",
    },
    {
      name: "verbose",
      short: "v",
      description: "print a line for every HTTP exchange, without secrets",
    },
  ],
};

/** Reads the form of the result. */
export function readOutputFormat(flags: Flags): OutputFormat {
  return flags.choice("output", OUTPUT_FORMATS);
}

/** Reads {@linkcode outputFlags}. */
export function readOutputSettings(flags: Flags): OutputSettings {
  return {
    output: readOutputFormat(flags),
    progress: flags.choice("progress", PROGRESS_MODES),
    quiet: flags.isOn("quiet"),
    verbose: flags.isOn("verbose"),
  };
}
