import type { CommandSpec } from "../command_spec.ts";
import type { FlagGroup } from "../flag_spec.ts";
import { listenFlag } from "../listen_address.ts";
import { resultFlags } from "../output_flags.ts";

const serverFlags: FlagGroup = {
  heading: "Server flags:",
  flags: [
    listenFlag,
    {
      name: "tls-cert",
      value: "FILE",
      description: "certificate chain of the server, PEM; needs --tls-key",
      completion: "files",
    },
    {
      name: "tls-key",
      value: "FILE",
      description: "private key of the server, PEM; needs --tls-cert",
      completion: "files",
    },
    {
      name: "read-only",
      description: "write nothing: pulls only, or a check without repairs",
    },
    {
      name: "log-format",
      value: "FORM",
      description: "the log on standard error: text or json, a line each",
      choices: ["text", "json"],
      default: "text",
    },
  ],
};

const storageFlags: FlagGroup = {
  heading: "Storage flags:",
  flags: [
    {
      name: "data",
      value: "DIR",
      description:
        "directory of the store; default $XDG_DATA_HOME/k8scr or ~/.local/share/k8scr",
      completion: "files",
    },
    {
      name: "max-size",
      value: "SIZE",
      description:
        "most bytes of content, such as 50Gi; default what the disk has",
    },
    {
      name: "gc-interval",
      value: "TIME",
      description:
        "time between garbage collections; default none but at SIGUSR1",
    },
    {
      name: "gc-grace",
      value: "TIME",
      description: "how long content stays that no tag needs",
      default: "24h",
    },
    {
      name: "check",
      description:
        "do not serve: read the whole store, repair or name what is broken",
    },
  ],
};

/** `k8scr serve`. */
export const serveCommand: CommandSpec = {
  name: "serve",
  summary: "Serve a registry from a directory",
  description:
    "Serve a registry, as the OCI distribution spec has it, from a directory. Every\n" +
    "engine and tool can push to it and pull from it. It asks for no login: whoever\n" +
    "reaches it may do everything, or only pull with --read-only.\n\n" +
    "SIGTERM and Ctrl-C let running requests end and exit with 0; an upload that is\n" +
    "cut off goes on after the next start. SIGUSR1 collects garbage at once: what no\n" +
    "tag needs, nor a manifest that was pushed by its digest within --gc-grace.\n" +
    "/healthz, /readyz and /metrics answer beside /v2/.\n\n" +
    "--check exits with 0 when the store is sound, or is so now; with 1 when it\n" +
    "lacks something that only a new push can bring.",
  args: [],
  groups: [serverFlags, storageFlags, resultFlags],
  examples: [
    { what: "For this host, until Ctrl-C", line: "{} serve" },
    {
      what: "For the network, with TLS and a limit",
      line:
        "{} serve --listen :443 --tls-cert tls.crt --tls-key tls.key --max-size 100Gi",
    },
    {
      what: "In a container",
      line:
        "{} serve --listen :5000 --data /data --gc-interval 6h --log-format json",
    },
    { what: "Is the store sound?", line: "{} serve --check --data /data" },
  ],
  async run(call, io) {
    const { readServeSettings } = await import("../serve_settings.ts");
    const settings = readServeSettings(call.flags, io);
    if (settings.check) {
      const { checkRegistry } = await import("../serve_check.ts");
      return await checkRegistry(settings, io);
    }
    const { serveRegistry } = await import("../serve_registry.ts");
    return await serveRegistry(settings, io);
  },
};
