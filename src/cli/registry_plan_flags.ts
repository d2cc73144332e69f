import type { ArgumentSpec } from "./command_spec.ts";
import type { FlagGroup } from "./flag_spec.ts";
import { DEFAULT_REGISTRY } from "./registry_flags.ts";

/** Values of `--software`; `src/cluster` has the programs themselves. */
export const SOFTWARE = ["k8scr", "distribution", "zot"] as const;

/** Values of `--node-port-mode`. */
export const NODE_PORT_MODES = ["service", "host"] as const;

/** Pods that share one folder; more do not make it faster. */
export const MAX_REPLICAS = 100;

/** The word that names a registry made by `registry up`. */
export const registryNameArgument: ArgumentSpec = {
  name: "NAME",
  description: `name of the registry; default ${DEFAULT_REGISTRY}`,
  optional: true,
};

/** What the registry is. */
export const planFlags: FlagGroup = {
  heading: "Registry flags:",
  flags: [
    {
      name: "image",
      value: "IMAGE",
      description:
        "the image that it runs; default k8scr's own, where a node has it",
    },
    {
      name: "software",
      value: "NAME",
      description:
        "what is in the image: k8scr, distribution or zot; told from its name by default",
      choices: SOFTWARE,
    },
    {
      name: "storage",
      value: "WHERE",
      description:
        "where content is: pvc[:SIZE], hostPath:FOLDER, emptyDir[:SIZE] or memory[:SIZE]; default what it has, or pvc:10Gi",
    },
    {
      name: "storage-class",
      value: "NAME",
      description: "class of the claim; default the cluster's",
    },
    {
      name: "node-port-mode",
      value: "MODE",
      description:
        "how nodes reach it: service for a NodePort, host for a port of the Pod's node",
      choices: NODE_PORT_MODES,
      default: "service",
    },
    {
      name: "node-port",
      value: "PORT",
      description:
        "that port; default what the cluster gives, or 5000 for host",
    },
    {
      name: "node",
      value: "NAME",
      description: "the only node that it may run on",
    },
    {
      name: "replicas",
      value: "N",
      description: "number of Pods; more than 1 need shared storage",
      default: "1",
    },
  ],
};

/** How long a registry is waited for. */
export const waitFlags: FlagGroup = {
  heading: "Other flags:",
  flags: [{
    name: "timeout",
    value: "DURATION",
    description: "longest wait for its Pods",
    default: "3m",
  }],
};
