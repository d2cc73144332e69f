import type { CommandSpec } from "../command_spec.ts";
import type { FlagGroup } from "../flag_spec.ts";
import { kubectlFlags } from "../kubectl_flags.ts";
import { stallFlag } from "../link_settings.ts";
import { listenFlag } from "../listen_address.ts";
import { outputFlags } from "../output_flags.ts";
import { registryFlags } from "../registry_flags.ts";

/** Flags of `k8scr proxy` alone. */
const listenFlags: FlagGroup = {
  heading: "Proxy flags:",
  flags: [
    listenFlag,
    {
      name: "allow-host",
      value: "NAME",
      description:
        "host name by which clients may call, beside localhost and IP addresses; can be given several times",
      repeatable: true,
    },
    {
      name: "exec",
      description:
        "run the COMMAND behind --, with the address in $K8SCR_PROXY, and end with its exit code",
    },
    stallFlag,
  ],
};

const talkFlags: FlagGroup = {
  heading: outputFlags.heading,
  flags: outputFlags.flags.filter(({ name }) => name !== "progress"),
};

/** `k8scr proxy`. */
export const proxyCommand: CommandSpec = {
  name: "proxy",
  summary: "Be a registry on this host whose content is the cluster's",
  description:
    "Listen on this host as a registry, and pass every request on to the one in\n" +
    "the Pod, through the API server: docker, podman, skopeo, crane, oras, helm and\n" +
    "all the others push to it and pull from it as they are. It speaks plain HTTP,\n" +
    "which most of them take on 127.0.0.1; the others have a flag for it.\n\n" +
    "Whoever reaches the port acts with the rights of the kubeconfig. Web pages\n" +
    "are kept out by the Host and Origin of their requests.\n\n" +
    "It runs until Ctrl-C, which is its normal end, with exit code 0; or until the\n" +
    "COMMAND ends that it was given.",
  args: [{
    name: "COMMAND",
    description: "a command to run while the proxy listens, behind --",
    optional: true,
    variadic: true,
    completion: "files",
  }],
  groups: [registryFlags, listenFlags, talkFlags, kubectlFlags],
  examples: [
    {
      what: "A registry at 127.0.0.1:5000, until Ctrl-C",
      line: "{} proxy",
    },
    {
      what: "Another registry at a free port, which is printed",
      line: "{} proxy -n registry -r deployment/registry --listen 127.0.0.1:0",
    },
    {
      what: "One command, with a proxy for just as long",
      line: "{} proxy --exec -- docker push 127.0.0.1:5000/cool/image:1.2",
    },
    {
      what: "A free port, and a shell that puts it in",
      line:
        "{} proxy --listen 127.0.0.1:0 -- sh -c 'crane push app.tar $K8SCR_PROXY/app:1'",
    },
  ],
  async run(call, io) {
    const { readProxySettings } = await import("../proxy_settings.ts");
    const settings = readProxySettings(call);
    const { runProxy } = await import("../proxy_run.ts");
    return await runProxy(settings, io);
  },
};
