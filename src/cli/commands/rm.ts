import type { CommandSpec } from "../command_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { stallFlag } from "../link_settings.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr rm`. */
export const rmCommand: CommandSpec = {
  name: "rm",
  summary: "Remove tags or whole images from the registry",
  description:
    "Remove a tag and nothing else, where the registry can; where it can delete\n" +
    "only whole manifests, say which tags go with it and ask first.\n\n" +
    "NAME is REPOSITORY:TAG, or REPOSITORY@DIGEST for a manifest with all its tags.\n" +
    "The space comes back when the registry collects its garbage.",
  args: [{
    name: "NAME",
    description: "what is removed",
    variadic: true,
  }],
  groups: [
    {
      heading: "Remove flags:",
      flags: [{
        name: "yes",
        short: "y",
        description: "ask nothing, and delete whatever has to go with it",
      }],
    },
    registryFlags,
    { heading: "Transfer flags:", flags: [stallFlag] },
    outputFlags,
    kubectlFlags,
  ],
  examples: [
    { what: "Two tags", line: "{} rm cool/image:1.1 cool/image:1.2" },
    {
      what: "A manifest with all its tags",
      line: "{} rm --yes cool/image@sha256:139a24ee5d4b668c...",
    },
  ],
  async run({ args, flags }, io) {
    const { readLinkSettings } = await import("../link_settings.ts");
    const { removeImages } = await import("../remove_images.ts");
    return await removeImages({
      ...readLinkSettings(flags),
      names: args,
      yes: flags.isOn("yes"),
    }, io);
  },
};
