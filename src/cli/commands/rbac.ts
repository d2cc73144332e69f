import type { CommandSpec } from "../command_spec.ts";
import type { FlagGroup } from "../flag_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

const accessFlags: FlagGroup = {
  heading: "Access flags:",
  flags: [
    {
      name: "user",
      value: "NAME",
      description: "a user who gets access; can be given several times",
      repeatable: true,
    },
    {
      name: "group",
      value: "NAME",
      description: "a group that gets access; can be given several times",
      repeatable: true,
    },
    {
      name: "serviceaccount",
      value: "NAMESPACE:NAME",
      description:
        "a service account that gets access; can be given several times",
      repeatable: true,
    },
    { name: "read-only", description: "allow pulls only" },
    {
      name: "allow-delete",
      description: "allow tags and images to be deleted",
    },
    {
      name: "replicas",
      value: "N",
      description: "number of Pods that the registry has",
      default: "1",
    },
    {
      name: "apply",
      description: "make the objects in the cluster, in place of printing them",
    },
  ],
};

/** `k8scr rbac`. */
export const rbacCommand: CommandSpec = {
  name: "rbac",
  summary: "Print or apply the Role that allows pushes to a registry",
  description:
    "Print the Role, and its binding to those who are named, that allow to push to a\n" +
    "registry: the proxy of exactly its Pods, written as requests name them, and to\n" +
    "read its Service, which tells how nodes pull. Nothing else in the namespace is\n" +
    "opened. Names of a Pod open the Pods of a registry up of that name too.\n\n" +
    "With --apply the objects are made; the binding then names those who are named\n" +
    "now, and nobody else.",
  args: [],
  groups: [
    registryFlags,
    accessFlags,
    outputFlags,
    {
      ...kubectlFlags,
      // As in `kubectl create rolebinding`, --user is somebody else here.
      flags: kubectlFlags.flags.filter(({ name }) => name !== "user"),
    },
  ],
  examples: [
    {
      what: "For a group of developers",
      line: "{} rbac -n infra --group developers | kubectl apply -f -",
    },
    {
      what: "For a pipeline, at once",
      line: "{} rbac -n infra --serviceaccount ci:builder --apply",
    },
    {
      what: "Only to pull",
      line: "{} rbac --read-only --user jane",
    },
  ],
  async run({ flags }, io) {
    const { readRbacSettings } = await import("../rbac_settings.ts");
    const settings = readRbacSettings(flags);
    const { runRbac } = await import("../rbac_run.ts");
    return await runRbac(settings, io);
  },
};
