import type { ConnectionFlags } from "./connection_flags.ts";
import { hostPath, type KubeHost } from "./kube_host.ts";

/** Which files make up the kubeconfig. */
export interface KubeconfigLocation {
  /** The files as they were named, in order of precedence. */
  readonly paths: readonly string[];
  /** Whether the files must exist: only one that a flag names must. */
  readonly required: boolean;
}

/** Finds the files that kubectl would read: the flag, `$KUBECONFIG` or home. */
export async function locateKubeconfig(
  flags: Pick<ConnectionFlags, "kubeconfig">,
  host: KubeHost,
): Promise<KubeconfigLocation> {
  if (flags.kubeconfig) return { paths: [flags.kubeconfig], required: true };
  const list = host.env("KUBECONFIG");
  if (list) return { paths: splitPathList(list, host), required: false };
  return { paths: [await homeKubeconfig(host)], required: false };
}

/**
 * Returns kubectl's own folder, where `config` and `kuberc` are. Without a home
 * it is relative, as kubectl has it.
 */
export async function kubeFolder(host: KubeHost): Promise<string> {
  return hostPath(host).join(await homeFolder(host), ".kube");
}

/** Versions of kubectl before 1.0 had another name, and it is still read. */
async function homeKubeconfig(host: KubeHost): Promise<string> {
  const { join } = hostPath(host);
  const folder = await kubeFolder(host);
  const path = join(folder, "config");
  const legacy = join(folder, ".kubeconfig");
  const useLegacy = !await host.isFile(path) && await host.isFile(legacy);
  return useLegacy ? legacy : path;
}

async function homeFolder(host: KubeHost): Promise<string> {
  if (host.os !== "windows") return host.env("HOME") ?? "";
  const { join } = hostPath(host);
  const home = host.env("HOME") ?? "";
  const profile = host.env("USERPROFILE") ?? "";
  const drive = host.env("HOMEDRIVE") ?? "";
  const path = host.env("HOMEPATH") ?? "";
  const homePath = drive && path ? drive + path : "";
  for (const folder of [home, homePath, profile]) {
    if (folder && await host.isFile(join(folder, ".kube", "config"))) {
      return folder;
    }
  }
  return home || profile || homePath;
}

/** Empty entries and repeated ones do not count. */
function splitPathList(list: string, host: KubeHost): readonly string[] {
  const entries = host.os === "windows"
    ? splitQuoted(list)
    : list.split(hostPath(host).delimiter);
  return [...new Set(entries.filter((entry) => entry !== ""))];
}

/** On Windows quotes protect a semicolon and are no part of the path. */
function splitQuoted(list: string): readonly string[] {
  const entries = list.match(/(?:"[^"]*"?|[^";])+/g) ?? [];
  return entries.map((entry) => entry.replaceAll('"', ""));
}
