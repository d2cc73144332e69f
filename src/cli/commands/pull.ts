import type { CommandSpec } from "../command_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { outputFlags } from "../output_flags.ts";
import { pullFlags } from "../pull_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr pull`. */
export const pullCommand: CommandSpec = {
  name: "pull",
  summary: "Pull images from the cluster's registry into a file or folder",
  description:
    "Pull images from a registry that runs in a Pod, through the API server, into\n" +
    "one file or folder. All content is verified, and what is there already is not\n" +
    "fetched again: a pull that broke off goes on where it stood.\n\n" +
    "TARGET is the last word: FILE.tar or docker-archive:FILE for docker load and\n" +
    "podman load, oci-archive:FILE, oci:DIR or DIR/ for an OCI layout, which may\n" +
    "hold images already, or - for a docker-archive on the standard output. Without\n" +
    "it the images go into the local engine, Docker or Podman.",
  args: [
    {
      name: "NAME",
      description: "NAME[:TAG|@DIGEST] of an image, and where it goes",
      variadic: true,
    },
  ],
  groups: [registryFlags, pullFlags, outputFlags, kubectlFlags],
  examples: [
    {
      what: "Into a file that docker load takes",
      line: "{} pull cool/image:1.2 image.tar",
    },
    {
      what: "Into the local engine",
      line: "{} pull cool/image:1.2",
    },
    {
      what: "Two images with all their platforms, into an OCI layout",
      line: "{} pull cool/image:1.2 cool/tool:3 oci:images",
    },
  ],
  async run(call, io) {
    const { readPullSettings } = await import("../pull_settings.ts");
    const settings = await readPullSettings(call);
    const { runPull } = await import("../run_pull.ts");
    return await runPull(settings, io);
  },
};
