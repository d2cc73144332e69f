import type { FlagGroup } from "./flag_spec.ts";

/** The Pod that the registry runs in when nothing is said. */
export const DEFAULT_REGISTRY = "k8scr";

/** The flag of every command that speaks to a registry. */
export const registryFlags: FlagGroup = {
  heading: "Registry flags:",
  flags: [{
    name: "registry",
    short: "r",
    value: "POD",
    description:
      "the registry: NAME[:PORT] or https:NAME:PORT of a Pod, deployment/NAME, statefulset/NAME or service/NAME",
    default: DEFAULT_REGISTRY,
  }],
};
