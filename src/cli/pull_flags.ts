import type { FlagGroup } from "./flag_spec.ts";
import { moveFlags } from "./link_settings.ts";

/** What is taken of an image that comes from a registry. */
export const pullFlags: FlagGroup = {
  heading: "Pull flags:",
  flags: [
    {
      name: "platform",
      value: "OS/ARCH[/VARIANT]",
      description:
        "take only this platform; a docker-archive holds one, the others all",
    },
    {
      name: "decompress",
      description:
        "store the layers of a docker-archive as plain tars; the image ID stays, the digest does not",
    },
    {
      name: "no-referrers",
      description:
        "leave out signatures, SBOMs and what else is about an image",
    },
    {
      name: "jobs",
      value: "N",
      description: "layers to fetch at once, into a layout",
      default: "4",
    },
    ...moveFlags,
  ],
};
