import type { DoctorLink } from "../../src/cluster/doctor_link.ts";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import { tempDir } from "../support/temp_dir.ts";
import { answer, type Answers, doctorLink } from "./doctor_api.ts";

/** The Pod that the registry of {@linkcode withRegistry} runs in. */
export const SEGMENT = "reg:5000";

const PROXY = `/api/v1/namespaces/infra/pods/${SEGMENT}/proxy`;

/** A registry of our own behind an API server that has nothing else. */
export interface DoctorRegistry {
  /** The way to the API server. */
  readonly link: DoctorLink;
  /** The requests to the registry so far, method and path. */
  readonly requests: readonly string[];
  /** Uploads that the registry keeps, and bytes of all that is in it. */
  left(): Promise<{ readonly uploads: number; readonly bytes: number }>;
}

/** Options for {@linkcode withRegistry}. */
export interface DoctorRegistryOptions {
  /** What the API server has beside the registry. */
  readonly answers?: Answers;
  /** Answers a request to the registry in its place. */
  readonly instead?: (request: Request) => Response | undefined;
}

/** Runs an action with a registry of our own. */
export async function withRegistry(
  options: DoctorRegistryOptions,
  action: (registry: DoctorRegistry) => Promise<void>,
): Promise<void> {
  await using folder = await tempDir();
  const server = await startRegistryServer({ dataDir: folder.file("data") });
  const requests: string[] = [];
  const link = doctorLink(async (request) => {
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith(PROXY)) {
      return await answer(options.answers ?? {}, request);
    }
    const path = pathname.slice(PROXY.length);
    requests.push(`${request.method} ${path}`);
    const instead = options.instead?.(request);
    if (instead !== undefined) {
      await request.body?.cancel();
      return instead;
    }
    return await fetch(`${server.url}${path}${search}`, request);
  });
  try {
    await action({ link, requests, left: () => leftIn(server.url) });
  } finally {
    await server.shutdown();
  }
}

async function leftIn(
  url: string,
): Promise<{ readonly uploads: number; readonly bytes: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const gauge = (name: string) =>
    Number(new RegExp(`^k8scr_registry_${name} (.+)$`, "m").exec(text)?.[1]);
  return { uploads: gauge("uploads_open"), bytes: gauge("storage_bytes") };
}
