import type { CommandSpec } from "../command_spec.ts";
import { copyFlags, endFlags } from "../copy_flags.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr copy`. */
export const copyCommand: CommandSpec = {
  name: "copy",
  summary: "Copy images between registries, files and folders",
  description:
    "Copy images from SOURCE to TARGET: within a registry nothing travels, between\n" +
    "two the bytes are streamed, and files are converted.\n\n" +
    "Each is NAME[:TAG|@DIGEST] in the cluster's registry, context:CONTEXT/NAME in\n" +
    "that of another context, registry:HOST/NAME with the logins of Docker, or\n" +
    "docker-archive:FILE[:NAME], oci-archive:FILE[:NAME], oci:DIR[:NAME],\n" +
    "docker-daemon:NAME, FILE.tar, DIR/ or -. A TARGET without a tag gets those of\n" +
    "SOURCE.",
  args: [
    {
      name: "SOURCE",
      description: "where the images are",
      completion: "sources",
    },
    {
      name: "TARGET",
      description: "where they go",
      completion: "sources",
    },
  ],
  groups: [registryFlags, endFlags, copyFlags, outputFlags, kubectlFlags],
  examples: [
    {
      what: "Within a registry, under another name",
      line: "{} copy cool/image:1.2 cool/image:stable",
    },
    {
      what: "All tags, from one namespace to another",
      line:
        "{} copy cool/image cool/image --all --from-namespace dev --to-namespace prod",
    },
    {
      what: "From the cluster of one context to that of another",
      line: "{} copy context:east/cool/image:1.2 context:west/cool/image:1.2",
    },
    {
      what: "From a registry on the network",
      line: "{} copy registry:ghcr.io/cool/image:1.2 cool/image:1.2",
    },
    {
      what: "A docker-archive into an OCI layout",
      line: "{} copy image.tar oci:layout",
    },
  ],
  async run(call, io) {
    const { readCopySettings } = await import("../copy_settings.ts");
    const settings = await readCopySettings(call);
    const { runCopy } = await import("../run_copy.ts");
    return await runCopy(settings, io);
  },
};
