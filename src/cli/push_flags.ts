import type { FlagGroup } from "./flag_spec.ts";
import { chunkFlag, moveFlags } from "./link_settings.ts";

/** Values of `--compression`. */
export const COMPRESSIONS = ["gzip", "zstd", "none"] as const;

/** The value of `--compression` that leaves the choice to a measurement. */
export const AUTO = "auto";

/** More layers at once only take memory. */
export const MAX_JOBS = 64;

/** The largest level that any compression has. */
export const MAX_LEVEL = 22;

/** Which images are pushed, and what they are called. */
export const namingFlags: FlagGroup = {
  heading: "Naming flags:",
  flags: [
    {
      name: "as",
      value: "NAME[:TAG]",
      description: "name of the image, where there is one",
    },
    {
      name: "prefix",
      value: "PATH",
      description: "path to put before every name",
    },
    {
      name: "select",
      value: "NAME",
      description:
        "push only the image of this name or digest; can be given several times",
      repeatable: true,
    },
    {
      name: "platform",
      value: "OS/ARCH[/VARIANT]",
      description: "push only this platform of a multi-platform image",
    },
  ],
};

/** How images are sent. */
export const transferFlags: FlagGroup = {
  heading: "Transfer flags:",
  flags: [
    {
      name: "compression",
      value: "FORM",
      description:
        "how layers that are plain tars are sent: gzip, zstd, none, or auto for what is there first by measurement",
      choices: [...COMPRESSIONS, AUTO],
      default: "gzip",
    },
    {
      name: "compression-level",
      value: "N",
      description: "1 to 9 for gzip, 1 to 19 for zstd; by default the fastest",
    },
    {
      name: "jobs",
      value: "N",
      description: "layers to send at once",
      default: "4",
    },
    chunkFlag,
    ...moveFlags,
    {
      name: "no-reuse",
      description:
        "compress every layer here, also one that the registry has from elsewhere, so that the digest depends on nothing but the source",
    },
    {
      name: "no-resume",
      description:
        "do not go on with an interrupted push, and keep nothing to go on with",
    },
    {
      name: "dry-run",
      description: "send nothing; show what would be sent",
    },
  ],
};
