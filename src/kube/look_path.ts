import { hostPath, type KubeHost } from "./kube_host.ts";

/**
 * Finds an executable as Go's `exec.LookPath` does: a path is checked, a bare
 * name is looked up on `PATH`. What would be found only through the working
 * directory is refused.
 *
 * @see https://pkg.go.dev/os/exec#LookPath
 * @returns the absolute path, or `undefined` when there is no such executable
 */
export async function lookPath(
  command: string,
  host: KubeHost,
): Promise<string | undefined> {
  const { delimiter, isAbsolute, join, resolve } = hostPath(host);
  if (isPath(command, host)) {
    return await findExecutable(resolve(host.cwd, command), host);
  }
  const folders = (host.env("PATH") ?? "").split(delimiter);
  for (const folder of folders) {
    const path = join(folder, command);
    const found = await findExecutable(resolve(host.cwd, path), host);
    if (found !== undefined) return isAbsolute(path) ? found : undefined;
  }
  return undefined;
}

function isPath(command: string, host: KubeHost): boolean {
  const separators = host.os === "windows" ? /[:\\/]/ : /\//;
  return separators.test(command);
}

async function findExecutable(
  path: string,
  host: KubeHost,
): Promise<string | undefined> {
  for (const extension of executableExtensions(path, host)) {
    if (await host.isExecutable(path + extension)) return path + extension;
  }
  return undefined;
}

/** Windows knows executables by their extension, which may be left out. */
function executableExtensions(path: string, host: KubeHost): readonly string[] {
  if (host.os !== "windows") return [""];
  const known = (host.env("PATHEXT") || ".com;.exe;.bat;.cmd")
    .toLowerCase().split(";").filter((extension) => extension !== "");
  const own = hostPath(host).extname(path).toLowerCase();
  return known.includes(own) ? ["", ...known] : known;
}
