import type { BuiltContent } from "../support/images.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { loopbackKubeconfig } from "../support/loopback_api.ts";

/** What a registry sends in place of a blob. */
export type Lie = (
  blob: Uint8Array<ArrayBuffer>,
  request: Request,
) => Response | undefined;

const PROXY_PATH =
  /^\/api\/v1\/namespaces\/infra\/pods\/k8scr\/proxy\/v2\/(?:.*\/(manifests|blobs|tags|referrers)\/(.*))?$/;

/**
 * An API server on loopback with a registry in the Pod `k8scr` of `infra` that
 * has one image, `app:1`, and does not always tell the truth about its blobs.
 */
export class LyingRegistry implements AsyncDisposable {
  /** The kubeconfig that leads here. */
  readonly kubeconfig: string;
  /** What is sent in place of the blob with this digest. */
  readonly lies = new Map<string, Lie>();
  readonly #image: BuiltContent;
  readonly #folder: TempDir;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(image: BuiltContent, folder: TempDir) {
    this.#image = image;
    this.#folder = folder;
    this.kubeconfig = folder.file("kubeconfig");
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Starts it. */
  static async start(image: BuiltContent): Promise<LyingRegistry> {
    const registry = new LyingRegistry(image, await tempDir());
    const { port } = registry.#server.addr;
    await Deno.writeTextFile(registry.kubeconfig, loopbackKubeconfig(port));
    return registry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#folder[Symbol.asyncDispose]();
  }

  #answer(request: Request): Response {
    const match = PROXY_PATH.exec(new URL(request.url).pathname);
    if (match === null) return new Response(null, { status: 404 });
    const [, kind, reference = ""] = match;
    if (kind === undefined) return Response.json({});
    if (kind === "tags") return Response.json({ name: "app", tags: ["1"] });
    const { descriptor, blobs } = this.#image;
    const digest = reference === "1" ? descriptor.digest : reference;
    const bytes = [...blobs].find(([key]) => key === digest)?.[1];
    if (bytes === undefined) return new Response(null, { status: 404 });
    const lie = this.lies.get(digest)?.(bytes, request);
    if (lie !== undefined) return lie;
    const headers = {
      "content-type": kind === "manifests"
        ? descriptor.mediaType
        : "application/octet-stream",
      "docker-content-digest": digest,
    };
    return ranged(bytes, request, headers);
  }
}

/** Answers with the part of the bytes that was asked for. */
export function ranged(
  bytes: Uint8Array<ArrayBuffer>,
  request: Request,
  headers: Record<string, string> = {},
): Response {
  const range = /^bytes=(\d+)-/.exec(request.headers.get("range") ?? "");
  if (range === null) return new Response(bytes, { headers });
  const start = Number(range[1]);
  const contentRange = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  return new Response(bytes.subarray(start), {
    status: 206,
    headers: { ...headers, "content-range": contentRange },
  });
}
