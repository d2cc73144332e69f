import {
  type RegistryServer,
  startRegistryServer,
} from "../server/registry_server.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { ServeLog } from "./serve_log.ts";
import { isLoopback } from "./listen_address.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { UsageError } from "./usage_error.ts";

/** Serves until a signal asks to stop, and returns the exit code. */
export async function serveRegistry(
  settings: ServeSettings,
  io: Io,
): Promise<number> {
  const log = new ServeLog(io.stderr, settings.logFormat);
  const { dataDir, listen } = settings;
  const server = await startRegistryServer({
    ...settings,
    ...listen,
    ...await readTls(settings),
    signal: io.signal,
    log: (record) => log.record(record),
  });
  const { url } = server;
  const message = `Serving ${dataDir} on ${url}`;
  log.notice({ kind: "start", message, url });
  if (settings.tlsFiles === undefined && !isLoopback(listen)) {
    log.notice({ kind: "warning", message: openToAll(settings) });
  }
  const ignore = io.onUserSignal(() => collect(server, log));
  try {
    await server.finished;
  } finally {
    ignore();
  }
  log.notice({ kind: "stop", message: `Stopped serving ${dataDir}` });
  await log.flush();
  return ExitCode.OK;
}

async function collect(server: RegistryServer, log: ServeLog): Promise<void> {
  try {
    await server.collectGarbage();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.notice({ kind: "failure", message });
  }
}

function openToAll({ readOnly }: ServeSettings): string {
  const may = readOnly ? "read" : "read and change";
  return `Whoever reaches this address may ${may} all images, and what is sent ` +
    "is not encrypted; --tls-cert and --tls-key encrypt it, " +
    "--listen 127.0.0.1:5000 keeps others out";
}

async function readTls(
  { tlsFiles }: ServeSettings,
): Promise<{ tls?: { cert: string; key: string } }> {
  if (tlsFiles === undefined) return {};
  const cert = await readPem("tls-cert", tlsFiles.certFile);
  const key = await readPem("tls-key", tlsFiles.keyFile);
  return { tls: { cert, key } };
}

async function readPem(flag: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot use --${flag} "${path}": ${reason}`, {
      cause: error,
    });
  }
}
