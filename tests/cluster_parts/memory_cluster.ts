import type { Transport } from "../../src/http/transport.ts";
import { KubeApi } from "../../src/kube/kube_api.ts";

/** An object as the cluster keeps it. */
export type Stored = Record<string, unknown>;

/** The part of an API server that keeps objects, in memory. */
export class MemoryCluster {
  /** The objects by their paths. */
  readonly objects = new Map<string, Stored>();
  /** The requests so far: `METHOD path?query`. */
  readonly requests: string[] = [];
  /** What some requests get in place of an answer, by `METHOD path`. */
  readonly refusals = new Map<string, number>();
  /** Called after an object was applied, as a controller would be. */
  onApply: (path: string, object: Stored) => void = () => {};
  /** Called after an object was deleted. */
  onDelete: (path: string) => void = () => {};
  #version = 0;

  /** Calls that end here. */
  get api(): KubeApi {
    const server = new URL("https://cluster.test");
    return new KubeApi(this.transport, { server });
  }

  /** Answers requests. */
  readonly transport: Transport = async (request) => {
    const { pathname, searchParams, search } = new URL(request.url);
    const { method } = request;
    this.requests.push(`${method} ${pathname}${decodeURIComponent(search)}`);
    const text = await request.text();
    const body = text === "" ? {} : JSON.parse(text);
    const refusal = this.refusals.get(`${method} ${pathname}`);
    if (refusal !== undefined) return status(refusal, "refused");
    const isDry = searchParams.get("dryRun") === "All";
    switch (method) {
      case "GET":
        return this.#get(pathname, searchParams);
      case "PATCH":
        return Response.json(this.#apply(pathname, body, isDry));
      case "POST":
        return Response.json(this.#create(pathname, body, isDry));
      default:
        return this.#delete(pathname);
    }
  };

  #get(path: string, query: URLSearchParams): Response {
    const object = this.objects.get(path);
    if (object !== undefined) return Response.json(object);
    const isList = /\/(?:pods|events|nodes)$/.test(path);
    if (!isList) return status(404, `${path} not found`);
    const uid = /^involvedObject\.uid=(.*)$/.exec(
      query.get("fieldSelector") ?? "",
    )?.[1];
    const items = [...this.objects].filter(([key]) =>
      key.startsWith(`${path}/`)
    ).map(([, item]) => item).filter((item) =>
      uid === undefined || uidOf(item.involvedObject) === uid
    );
    return Response.json({ kind: "List", items });
  }

  #apply(path: string, object: Stored, isDry: boolean): Stored {
    const before = this.objects.get(path) ?? {};
    const metadata = {
      ...fields(before.metadata),
      ...fields(object.metadata),
      resourceVersion: String(++this.#version),
    };
    const after = { ...before, ...object, metadata };
    if (isDry) return after;
    this.objects.set(path, after);
    this.onApply(path, after);
    return this.objects.get(path) ?? after;
  }

  #delete(path: string): Response {
    if (!this.objects.delete(path)) return status(404, `${path} not found`);
    this.onDelete(path);
    return Response.json({ kind: "Status", status: "Success" });
  }

  #create(path: string, object: Stored, isDry: boolean): Stored {
    const { name } = fields(object.metadata);
    if (!isDry) this.objects.set(`${path}/${name}`, object);
    return object;
  }
}

function fields(value: unknown): Stored {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function uidOf(value: unknown): unknown {
  return fields(value).uid;
}

function status(code: number, message: string): Response {
  return Response.json({
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: code === 404 ? "NotFound" : "Forbidden",
    message,
    code,
  }, { status: code });
}

/** Path of a namespaced object of the core API in `infra`. */
export function corePath(plural: string, name: string): string {
  return `/api/v1/namespaces/infra/${plural}/${name}`;
}

/** Path of a StatefulSet in `infra`. */
export function setPath(name: string): string {
  return `/apis/apps/v1/namespaces/infra/statefulsets/${name}`;
}
