import { discard } from "../http/body.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { digestOf } from "../oci/digest.ts";
import type {
  RegistryClient,
  RegistryRequest,
} from "../registry/registry_client.ts";
import { RegistryError } from "../registry/registry_error.ts";
import { startUpload } from "../registry/upload_start.ts";
import type { Permissions } from "./check_permissions.ts";

/** What a registry can do; `undefined` where nobody knows. */
export interface RegistryTraits {
  /** Which registry it is, or that it does not say. */
  readonly kind: string;
  /** Whether it takes uploads; otherwise they were not tried. */
  readonly uploads: boolean;
  /** Whether it tells how far an upload is. */
  readonly status?: boolean;
  /** Whether uploads can be taken back. */
  readonly cancel?: boolean;
  /** Whether it takes blobs from another of its repositories. */
  readonly mount?: boolean;
  /** Whether it lists referrers. */
  readonly referrers?: boolean;
  /** Whether it deletes manifests. */
  readonly delete?: boolean;
  /** Whether it lists its repositories. */
  readonly catalog?: boolean;
}

/** Options for {@linkcode probeRegistry}. */
export interface ProbeOptions {
  /** Whether it is a server of our own. */
  readonly isOwn: boolean;
  /** What the API server lets pass. */
  readonly permissions: Permissions;
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/** Nothing stays in it: uploads are taken back, and there is nothing to delete. */
export const PROBE_REPOSITORY = "k8scr-doctor";

/** Digest of what no registry has. */
const NOWHERE = digestOf(new TextEncoder().encode("k8scr doctor was here"));

/**
 * Finds out what a registry can do, by requests that leave nothing.
 *
 * @throws {RegistryError} when it takes no uploads
 */
export async function probeRegistry(
  { client, headers }: { client: RegistryClient; headers: Headers },
  options: ProbeOptions,
): Promise<RegistryTraits> {
  const { permissions, isOwn, signal } = options;
  const ask = (request: Question) => statusOf(client, { ...request, signal });
  const repository = `/v2/${PROBE_REPOSITORY}`;
  const referrers = await ask({
    path: `${repository}/referrers/${NOWHERE}`,
  }) === 200;
  const catalog = await ask({ path: "/v2/_catalog?n=1" }) === 200;
  const deleting = permissions.delete === false ? undefined : await ask({
    method: "DELETE",
    path: `${repository}/manifests/${NOWHERE}`,
  });
  const extensions = await ask({ path: "/v2/_oci/ext/discover" }) === 200;
  const upload = permissions.create === false
    ? undefined
    : await probeUpload(client, options);
  const kind = kindOf({ headers, isOwn, extensions, upload });
  return {
    kind: kind.name,
    uploads: upload !== undefined,
    ...upload && { status: upload.status },
    ...upload?.cancel !== undefined && { cancel: upload.cancel },
    ...kind.mount !== undefined && { mount: kind.mount },
    referrers,
    ...deleting !== undefined && { delete: DELETES.has(deleting) },
    catalog,
  };
}

/** What a registry that deletes says of a manifest that is not there. */
const DELETES: ReadonlySet<number> = new Set([202, 404]);

/** What an upload without bytes showed. */
interface UploadTraits {
  /** Whether its location is signed, as distribution does it. */
  readonly signed: boolean;
  readonly status: boolean;
  readonly cancel?: boolean;
}

async function probeUpload(
  client: RegistryClient,
  { permissions, signal }: ProbeOptions,
): Promise<UploadTraits> {
  const scope = { client, repository: PROBE_REPOSITORY };
  const session = await startUpload(scope, signal && { signal });
  const signed = session.location.includes("_state=");
  const ask = async (method: RegistryRequest["method"]) => {
    const path = session.location;
    return await statusOf(client, { method, path, signal }) < 300;
  };
  try {
    const status = await ask("GET");
    if (permissions.delete === false) return { signed, status };
    return { signed, status, cancel: await ask("DELETE") };
  } catch (error) {
    await session.cancel();
    throw error;
  }
}

interface Evidence {
  readonly headers: Headers;
  readonly isOwn: boolean;
  readonly extensions: boolean;
  readonly upload: UploadTraits | undefined;
}

/** Registries do not say who they are; their answers differ. */
function kindOf(
  { headers, isOwn, extensions, upload }: Evidence,
): { readonly name: string; readonly mount?: boolean } {
  if (isOwn) return { name: "k8scr", mount: true };
  if (extensions) return { name: "zot", mount: true };
  if (upload?.signed) {
    const isOld = /charset/.test(headers.get("content-type") ?? "");
    const name = isOld ? "distribution 2" : "distribution 3";
    return { name, mount: true };
  }
  if (upload !== undefined && !upload.status) {
    const name =
      "go-containerregistry (crane registry serve), which forgets all when it ends";
    return { name, mount: false };
  }
  const server = headers.get("server");
  return { name: server ? `a registry behind ${server}` : "a registry" };
}

/** Of a repository that it does not have, zot says so with a 400. */
function isNameUnknown(error: RegistryError | KubernetesError): boolean {
  return error instanceof RegistryError &&
    error.errors.some(({ code }) => code === "NAME_UNKNOWN");
}

interface Question {
  readonly method?: RegistryRequest["method"];
  readonly path: string;
}

/**
 * Asks a registry something that it may not know.
 *
 * @throws {RegistryError} when it is broken
 */
async function statusOf(
  client: RegistryClient,
  { method = "GET", path, signal }: Question & {
    readonly signal?: AbortSignal | undefined;
  },
): Promise<number> {
  try {
    const response = await client.send({
      method,
      path,
      action: "find out what the registry can do",
      expected: [200, 202, 204],
      ...signal && { signal },
    });
    await discard(response);
    return response.status;
  } catch (error) {
    const refused = error instanceof RegistryError && error.status < 500 ||
      // A verb that the API server did not tell about.
      error instanceof KubernetesError && error.status === 403;
    if (!refused) throw error;
    return isNameUnknown(error) ? 404 : error.status;
  }
}
