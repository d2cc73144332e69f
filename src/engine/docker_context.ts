import { join } from "node:path";
import { digestEncoded, digestOf } from "../oci/digest.ts";
import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import {
  type EngineEndpoint,
  type EngineTls,
  parseEngineAddress,
} from "./engine_endpoint.ts";
import { EngineSettingsError } from "./engine_error.ts";
import { type EngineHost, homeDirectory, setting } from "./engine_host.ts";

/** The context without a file: the engine that is there by default. */
const DEFAULT_CONTEXT = "default";

/** A folder with these files is what Docker takes for TLS material. */
const TLS_FILES = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" } as const;

/**
 * Returns the engine of Docker's context: that of `DOCKER_CONTEXT`, else the
 * one that `docker context use` chose. `undefined` when none was chosen.
 *
 * @throws {EngineSettingsError} when there is no such context, or its engine
 *   cannot be used
 * @throws {DocumentSyntaxError} when a file of Docker's is malformed
 * @see https://docs.docker.com/engine/manage-resources/contexts/
 */
export async function contextEndpoint(
  host: EngineHost,
): Promise<EngineEndpoint | undefined> {
  const folder = dockerFolder(host);
  if (folder === undefined) return undefined;
  const named = setting(host, "DOCKER_CONTEXT");
  const name = named ?? await currentContext(host, folder);
  if (name === undefined || name === DEFAULT_CONTEXT) return undefined;
  const origin = named === undefined
    ? `the current Docker context "${name}"`
    : `the Docker context "${name}"`;
  return await readContext(host, { folder, name, origin });
}

/**
 * Reads `ca.pem`, `cert.pem` and `key.pem` of a folder, those that are there.
 *
 * @throws {EngineSettingsError} when there is a certificate without a key, or
 *   the other way round
 */
export async function readTlsFolder(
  host: EngineHost,
  folder: string,
): Promise<EngineTls> {
  const read = async (file: string) => {
    const bytes = await host.readFile(join(folder, file));
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  };
  const ca = await read(TLS_FILES.ca);
  const cert = await read(TLS_FILES.cert);
  const key = await read(TLS_FILES.key);
  if ((cert === undefined) !== (key === undefined)) {
    throw new EngineSettingsError(
      `Cannot use the certificate in "${folder}": there must be both cert.pem and key.pem`,
      { recommendation: "Put the missing file there, or remove the other" },
    );
  }
  return {
    ...ca !== undefined && { ca },
    ...cert !== undefined && { cert },
    ...key !== undefined && { key },
  };
}

/** Returns the folder of Docker's settings, or `undefined` without a home. */
export function dockerFolder(host: EngineHost): string | undefined {
  const home = homeDirectory(host);
  return setting(host, "DOCKER_CONFIG") ??
    (home === undefined ? undefined : join(home, ".docker"));
}

interface NamedContext {
  /** Docker's folder. */
  readonly folder: string;
  readonly name: string;
  readonly origin: string;
}

async function currentContext(
  host: EngineHost,
  folder: string,
): Promise<string | undefined> {
  const config = await readObject(host, join(folder, "config.json"));
  return config?.optionalString("currentContext") || undefined;
}

async function readContext(
  host: EngineHost,
  { folder, name, origin }: NamedContext,
): Promise<EngineEndpoint> {
  const id = digestEncoded(digestOf(new TextEncoder().encode(name)));
  const contexts = join(folder, "contexts");
  const meta = await readObject(host, join(contexts, "meta", id, "meta.json"));
  const docker = meta?.optionalObject("Endpoints")?.optionalObject("docker");
  if (docker === undefined) {
    throw new EngineSettingsError(
      `Cannot use ${origin}: there is no such context in "${contexts}"`,
      { recommendation: "See docker context ls, or set DOCKER_HOST" },
    );
  }
  const tls = await readTlsFolder(host, join(contexts, "tls", id, "docker"));
  refuseUnverified(docker, origin);
  return parseEngineAddress(docker.string("Host"), {
    origin,
    ...Object.keys(tls).length > 0 && { tls },
  });
}

/** The runtime cannot leave a certificate unverified, and should not. */
function refuseUnverified(docker: JsonObject, origin: string): void {
  if (docker.value("SkipTLSVerify") !== true) return;
  if (docker.optionalString("Host")?.startsWith("tcp:") !== true) return;
  throw new EngineSettingsError(
    `Cannot use ${origin}: it says not to verify the engine's certificate, which is always verified`,
    {
      recommendation:
        "Give the context the authority that signed it: docker context update --docker host=…,ca=FILE",
    },
  );
}

async function readObject(
  host: EngineHost,
  path: string,
): Promise<JsonObject | undefined> {
  const bytes = await host.readFile(path);
  if (bytes === undefined) return undefined;
  const document = `"${path}"`;
  return JsonObject.from(parseJsonDocument(bytes, document), document);
}
