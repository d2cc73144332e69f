import type { CommandGroup, CommandSpec } from "../command_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { outputFlags } from "../output_flags.ts";
import {
  planFlags,
  registryNameArgument,
  waitFlags,
} from "../registry_plan_flags.ts";

const upCommand: CommandSpec = {
  name: "up",
  summary: "Make a registry in the cluster, or change it",
  description:
    "Make a registry in the cluster: a StatefulSet with the Pod NAME-0, a Service\n" +
    "that nodes pull through, and a claim for its content. Waits until it is ready\n" +
    "and says why where it is not, pushes a small image through the API server and\n" +
    "pulls it back, and prints the address that image names in Pod specs begin with.\n\n" +
    "Nodes pull from localhost:PORT, which their container runtimes take for a\n" +
    "registry without TLS: nothing is configured on them. What is as it should be\n" +
    "stays as it is. A folder or a port of the node (--storage hostPath,\n" +
    "--node-port-mode host) needs a namespace whose Pod Security profile is\n" +
    "privileged; all else keeps to the profile restricted.",
  args: [registryNameArgument],
  groups: [
    planFlags,
    {
      ...waitFlags,
      flags: [...waitFlags.flags, {
        name: "dry-run",
        description: "change nothing; show what would change",
      }],
    },
    outputFlags,
    kubectlFlags,
  ],
  examples: [
    { what: "On a claim of 10 GiB", line: "{} registry up" },
    {
      what: "In a folder of one node, with distribution",
      line:
        "{} registry up --image registry:3 --storage hostPath:/srv/k8scr --node node-1",
    },
    {
      what: "What would change?",
      line: "{} registry up --storage pvc:50Gi --dry-run",
    },
  ],
  async run(call, io) {
    const { readUpSettings } = await import("../registry_settings.ts");
    const settings = readUpSettings(call);
    const { runRegistryUp } = await import("../registry_up.ts");
    return await runRegistryUp(settings, io);
  },
};

const statusCommand: CommandSpec = {
  name: "status",
  summary: "Show a registry, and how nodes pull from it",
  args: [registryNameArgument],
  groups: [outputFlags, kubectlFlags],
  examples: [{
    what: "The registry of another namespace",
    line: "{} registry status -n infra",
  }],
  async run(call, io) {
    const { readRegistrySettings } = await import("../registry_settings.ts");
    const settings = readRegistrySettings(call);
    const { runRegistryStatus } = await import("../registry_status.ts");
    return await runRegistryStatus(settings, io);
  },
};

const downCommand: CommandSpec = {
  name: "down",
  summary: "Delete a registry; its content stays unless you say otherwise",
  description:
    "Delete the objects that registry up made. A claim and a folder of a node stay,\n" +
    "and the next registry up finds its content there; --delete-data deletes the\n" +
    "claim too. What is in an emptyDir or in memory is lost.",
  args: [registryNameArgument],
  groups: [
    {
      ...waitFlags,
      flags: [
        {
          name: "yes",
          short: "y",
          description: "do not ask",
        },
        {
          name: "delete-data",
          description: "delete the claim with all content as well",
        },
        ...waitFlags.flags,
      ],
    },
    outputFlags,
    kubectlFlags,
  ],
  examples: [
    { what: "With a question first", line: "{} registry down" },
    {
      what: "In a script, with all images",
      line: "{} registry down --yes --delete-data",
    },
  ],
  async run(call, io) {
    const { readDownSettings } = await import("../registry_settings.ts");
    const settings = readDownSettings(call);
    const { runRegistryDown } = await import("../registry_down.ts");
    return await runRegistryDown(settings, io);
  },
};

const manifestCommand: CommandSpec = {
  name: "manifest",
  summary: "Print a registry as YAML",
  description:
    "Print the objects that registry up makes, as YAML, for git or kubectl apply.\n" +
    "Nothing is asked of the cluster: which nodes have the image, and where content\n" +
    "is already, is yours to say.",
  args: [registryNameArgument],
  groups: [planFlags, kubectlFlags],
  examples: [{
    what: "For git",
    line: "{} registry manifest -n infra --storage pvc:50Gi > registry.yaml",
  }],
  async run(call, io) {
    const { runRegistryManifest } = await import("../registry_manifest.ts");
    return await runRegistryManifest(call, io);
  },
};

const imageCommand: CommandSpec = {
  name: "image",
  summary: "Write k8scr's own image, for registry up",
  description:
    "Write an image of this program as an OCI archive, for a cluster that cannot pull\n" +
    "any: the program's file and the shared libraries that it needs, found on this\n" +
    "host. The same files give the same image.\n\n" +
    "Import it into a node, and registry up finds it there:\n" +
    "  ctr -n k8s.io images import k8scr.tar      k3s ctr images import k8scr.tar\n" +
    "  kind load image-archive k8scr.tar          minikube image load k8scr.tar",
  args: [],
  groups: [
    {
      heading: "Image flags:",
      flags: [
        {
          name: "output",
          value: "FILE",
          description: "where it is written; - for the standard output",
          completion: "files",
        },
        {
          name: "binary",
          value: "FILE",
          description: "a k8scr for Linux; default this program itself",
          completion: "files",
        },
        {
          name: "sysroot",
          value: "DIR",
          description: "where the libraries of --binary are",
          default: "/",
          completion: "files",
        },
      ],
    },
  ],
  examples: [
    {
      what: "For nodes like this host",
      line: "{} registry image --output k8scr.tar",
    },
    {
      what: "For another architecture",
      line:
        "{} registry image --output arm64.tar --binary k8scr-linux-arm64 --sysroot ./bookworm-arm64",
    },
  ],
  async run(call, io) {
    const { runRegistryImage } = await import("../registry_image.ts");
    return await runRegistryImage(call.flags, io);
  },
};

/** `k8scr registry …`. */
export const registryCommands: CommandGroup = {
  name: "registry",
  summary: "Make, show and delete a registry in the cluster",
  description:
    "Make, show and delete the registry in the cluster that images are pushed to.",
  subcommands: [
    upCommand,
    statusCommand,
    downCommand,
    manifestCommand,
    imageCommand,
  ],
};
