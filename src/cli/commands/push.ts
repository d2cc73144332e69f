import type { CommandSpec } from "../command_spec.ts";
import { kubectlFlagsBesideAs } from "../kubectl_flags.ts";
import { outputFlags } from "../output_flags.ts";
import { namingFlags, transferFlags } from "../push_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** `k8scr push`. */
export const pushCommand: CommandSpec = {
  name: "push",
  summary: "Push images from a file, a folder or the engine into the cluster",
  description:
    "Push every image of a docker-archive, an OCI archive or an OCI layout into a\n" +
    "registry that runs in a Pod, through the API server. Nothing but the right to\n" +
    "use pods/proxy of that Pod is needed.\n\n" +
    "SOURCE is a file, a folder, or - for the standard input; it may be compressed.\n" +
    "Where there is no such file, it is an image of the local Docker or Podman\n" +
    "(DOCKER_HOST, Docker's contexts, their usual sockets). To say what it is:\n" +
    "docker-archive:FILE[:NAME], oci-archive:FILE[:NAME], oci:DIR[:NAME],\n" +
    "docker-daemon:NAME.",
  args: [{
    name: "SOURCE",
    description: "where the images are",
    completion: "sources",
  }],
  groups: [
    registryFlags,
    namingFlags,
    transferFlags,
    outputFlags,
    kubectlFlagsBesideAs,
  ],
  examples: [
    { what: "An archive, as docker save writes it", line: "{} push image.tar" },
    {
      what: "An image of the local engine",
      line: "{} push cool/image:1.2",
    },
    {
      what: "An OCI layout, under another name, to the registry in Pod reg-0",
      line: "{} push ./layout --as cool/image:1.2 -n registry -r reg-0",
    },
    {
      what: "Only one platform, and only look",
      line: "{} push image.tar --platform linux/arm64 --dry-run",
    },
  ],
  async run(call, io) {
    const { readPushSettings } = await import("../push_settings.ts");
    const settings = readPushSettings(call);
    const { runPush } = await import("../run_push.ts");
    return await runPush(settings, io);
  },
};
