import type { CommandSpec } from "../command_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { stallFlag } from "../link_settings.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr ls`. */
export const lsCommand: CommandSpec = {
  name: "ls",
  summary: "List the repositories of the registry, or the tags of one",
  description:
    "List the repositories of the registry or, of one repository, the tags with\n" +
    "digest, size, time and platforms. A tag that is made of a digest is no image\n" +
    "of its own: it is listed with what it holds about the image of that digest.\n\n" +
    "A tag whose content cannot be read is listed as such, and the exit code is 1.",
  args: [{
    name: "REPOSITORY",
    description: "the repository whose tags are listed",
    optional: true,
  }],
  groups: [
    {
      heading: "List flags:",
      flags: [{
        name: "names",
        description: "print names alone, one a line, and read no content",
      }, {
        name: "exclude-digest-tags",
        description:
          "leave out tags like sha256-HEX, which hold what is about an image",
      }],
    },
    registryFlags,
    { heading: "Transfer flags:", flags: [stallFlag] },
    outputFlags,
    kubectlFlags,
  ],
  examples: [
    { what: "All repositories", line: "{} ls" },
    { what: "The tags of one", line: "{} ls cool/image" },
    {
      what: "Names alone, for a script",
      line: "{} ls cool/image --names -r registry-0 -n registry",
    },
  ],
  async run({ args, flags }, io) {
    const { readLinkSettings } = await import("../link_settings.ts");
    const { listImages } = await import("../list_images.ts");
    const [repository] = args;
    return await listImages({
      ...readLinkSettings(flags),
      ...repository !== undefined && { repository },
      namesOnly: flags.isOn("names"),
      excludeDigestTags: flags.isOn("exclude-digest-tags"),
    }, io);
  },
};
