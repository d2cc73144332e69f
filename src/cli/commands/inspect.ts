import type { CommandSpec } from "../command_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { stallFlag } from "../link_settings.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr inspect`. */
export const inspectCommand: CommandSpec = {
  name: "inspect",
  summary: "Show what an image in the registry is made of",
  description:
    "Show the manifests of an image with sizes and platforms, how it runs and was\n" +
    "made, and what refers to it: signatures, attestations, SBOMs.\n\n" +
    "NAME is REPOSITORY[:TAG] or REPOSITORY@DIGEST; without a tag it is latest.",
  args: [{ name: "NAME", description: "the image" }],
  groups: [
    {
      heading: "Inspect flags:",
      flags: [
        {
          name: "platform",
          value: "OS/ARCH[/VARIANT]",
          description: "show only this platform of a multi-platform image",
        },
        {
          name: "raw",
          description: "print the manifest or index, byte for byte",
        },
      ],
    },
    registryFlags,
    { heading: "Transfer flags:", flags: [stallFlag] },
    outputFlags,
    kubectlFlags,
  ],
  examples: [
    { what: "An image", line: "{} inspect cool/image:1.2" },
    {
      what: "One of its platforms, for a program",
      line: "{} inspect cool/image:1.2 --platform linux/arm64 -o json",
    },
    {
      what: "The digest of the manifest, computed here",
      line: "{} inspect cool/image:1.2 --raw | sha256sum",
    },
  ],
  async run({ args, flags }, io) {
    const { readLinkSettings } = await import("../link_settings.ts");
    const { parsePlatform } = await import("../../oci/platform.ts");
    const { inspectImage } = await import("../inspect_image.ts");
    const [name = ""] = args;
    const platform = flags.optional("platform");
    return await inspectImage({
      ...readLinkSettings(flags),
      name,
      ...platform !== undefined && { platform: parsePlatform(platform) },
      raw: flags.isOn("raw"),
    }, io);
  },
};
