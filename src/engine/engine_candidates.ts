import { join } from "node:path";
import {
  contextEndpoint,
  dockerFolder,
  readTlsFolder,
} from "./docker_context.ts";
import {
  DOCKER_SOCKET,
  type EngineEndpoint,
  type EngineTls,
  parseEngineAddress,
} from "./engine_endpoint.ts";
import { type EngineHost, homeDirectory, setting } from "./engine_host.ts";

/**
 * Lists where an engine may be, best first. What a setting names is the only
 * candidate: `DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST` and the current
 * context of Docker, in this order. Without one, these are the sockets of
 * Docker and Podman.
 *
 * @throws {EngineSettingsError} when a setting names what cannot be used
 */
export async function engineCandidates(
  host: EngineHost,
): Promise<readonly EngineEndpoint[]> {
  const named = await namedEndpoint(host);
  if (named !== undefined) return [named];
  if (host.os === "windows") {
    const address = "npipe:////./pipe/docker_engine";
    return [parseEngineAddress(address, { origin: "Docker on Windows" })];
  }
  return defaultSockets(host).map((path) => ({
    kind: "unix",
    path,
    address: `unix://${path}`,
    origin: "the default",
  }));
}

async function namedEndpoint(
  host: EngineHost,
): Promise<EngineEndpoint | undefined> {
  const dockerHost = setting(host, "DOCKER_HOST");
  if (dockerHost !== undefined) {
    const tls = await environmentTls(host);
    return parseEngineAddress(dockerHost, {
      origin: "DOCKER_HOST",
      ...tls && { tls },
    });
  }
  const containerHost = setting(host, "CONTAINER_HOST");
  const isContextNamed = setting(host, "DOCKER_CONTEXT") !== undefined;
  if (containerHost !== undefined && !isContextNamed) {
    return parseEngineAddress(containerHost, { origin: "CONTAINER_HOST" });
  }
  return await contextEndpoint(host);
}

/** @see https://docs.docker.com/reference/cli/docker/#environment-variables */
async function environmentTls(
  host: EngineHost,
): Promise<EngineTls | undefined> {
  const wanted = setting(host, "DOCKER_TLS_VERIFY") ??
    setting(host, "DOCKER_TLS");
  if (wanted === undefined) return undefined;
  const folder = setting(host, "DOCKER_CERT_PATH") ?? dockerFolder(host);
  return folder === undefined ? {} : await readTlsFolder(host, folder);
}

function defaultSockets(host: EngineHost): readonly string[] {
  const runtime = setting(host, "XDG_RUNTIME_DIR");
  const home = homeDirectory(host);
  const inRuntime = (path: string) =>
    runtime === undefined ? [] : [join(runtime, path)];
  const inHome = (path: string) => home === undefined ? [] : [join(home, path)];
  return [
    DOCKER_SOCKET,
    ...inRuntime("docker.sock"),
    ...inRuntime("podman/podman.sock"),
    "/run/podman/podman.sock",
    ...inHome(".docker/run/docker.sock"),
    ...host.os === "darwin"
      ? inHome(".local/share/containers/podman/machine/podman.sock")
      : [],
  ];
}
