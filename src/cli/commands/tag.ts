import type { CommandSpec } from "../command_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { stallFlag } from "../link_settings.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr tag`. */
export const tagCommand: CommandSpec = {
  name: "tag",
  summary: "Give an image in the registry one more tag",
  description:
    "Give an image one more tag in its repository; no content moves.\n\n" +
    "NAME is REPOSITORY[:TAG] or REPOSITORY@DIGEST. NEW is a tag, or a name with\n" +
    "the same repository. To another repository it is a copy: see copy.",
  args: [
    { name: "NAME", description: "the image" },
    { name: "NEW", description: "its new tag" },
  ],
  groups: [
    registryFlags,
    { heading: "Transfer flags:", flags: [stallFlag] },
    outputFlags,
    kubectlFlags,
  ],
  examples: [
    { what: "One more tag", line: "{} tag cool/image:1.2.3 1.2" },
    {
      what: "The same, said in full",
      line: "{} tag cool/image:1.2.3 cool/image:1.2",
    },
  ],
  async run({ args, flags }, io) {
    const { readLinkSettings } = await import("../link_settings.ts");
    const { tagImage } = await import("../tag_image.ts");
    const [name = "", newName = ""] = args;
    return await tagImage({ ...readLinkSettings(flags), name, newName }, io);
  },
};
