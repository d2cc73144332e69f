import { ApiError } from "./api_error.ts";
import { deleteBlob, getBlob, headBlob } from "./blob_api.ts";
import { isThere } from "./durable_file.ts";
import { listReferrers, listRepositories, listTags } from "./listing_api.ts";
import { deleteManifest, getManifest, putManifest } from "./manifest_api.ts";
import type { RegistryMetrics } from "./registry_metrics.ts";
import type { RegistryStore } from "./registry_store.ts";
import { type Call, jsonReply, type Reply } from "./reply.ts";
import type { Route } from "./route.ts";
import {
  deleteUpload,
  getUpload,
  patchUpload,
  postUpload,
  putUpload,
} from "./upload_api.ts";

/** What an answer depends on beside the store and the call. */
export interface AnswerOptions {
  /** What the path names, if it names anything. */
  readonly route: Route | undefined;
  /** What `/metrics` answers. */
  readonly metrics: RegistryMetrics;
  /** Whether the server is about to stop. */
  readonly draining: boolean;
}

type Answer = () => Promise<Reply>;
type Answers = Readonly<Record<string, Answer>>;

/**
 * Answers a call.
 *
 * @throws {ApiError} when the answer is an error
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
export async function answerRoute(
  store: RegistryStore,
  call: Call,
  options: AnswerOptions,
): Promise<Reply> {
  const { route } = options;
  if (route === undefined) {
    throw new ApiError(
      404,
      "UNSUPPORTED",
      "Cannot find that: no such path in a registry",
    );
  }
  const answers = answersTo(route, store, call) ??
    serviceAnswers(route, store, options);
  const { method } = call;
  const answer = Object.hasOwn(answers, method) ? answers[method] : undefined;
  if (answer === undefined) throw notAllowed(method, Object.keys(answers));
  if (store.readOnly && method !== "GET" && method !== "HEAD") {
    throw new ApiError(
      405,
      "UNSUPPORTED",
      "Cannot change this registry: it is read-only",
      { headers: { allow: "GET, HEAD" } },
    );
  }
  return await answer();
}

function answersTo(
  route: Route,
  store: RegistryStore,
  call: Call,
): Answers | undefined {
  switch (route.kind) {
    case "blob":
      return {
        HEAD: () => headBlob(store, route),
        GET: () => getBlob(store, route, call),
        DELETE: () => deleteBlob(store, route),
      };
    case "uploads":
      return { POST: () => postUpload(store, route.repository, call) };
    case "upload":
      return {
        GET: () => getUpload(store, route),
        PATCH: () => patchUpload(store, route, call),
        PUT: () => putUpload(store, route, call),
        DELETE: () => deleteUpload(store, route),
      };
    case "manifest":
      return {
        ...readable(() => getManifest(store, route)),
        PUT: () => putManifest(store, route, call),
        DELETE: () => deleteManifest(store, route),
      };
    case "tags":
      return readable(() => listTags(store, route.repository, call));
    case "referrers":
      return readable(() => listReferrers(store, route, call));
    case "catalog":
      return readable(() => listRepositories(store, call));
    default:
      return undefined;
  }
}

function serviceAnswers(
  route: Route,
  store: RegistryStore,
  { metrics, draining }: AnswerOptions,
): Answers {
  switch (route.kind) {
    case "healthz":
      return readable(() => Promise.resolve(textReply(200, "ok\n")));
    case "readyz":
      return readable(() => readiness(store, draining));
    case "metrics":
      return readable(async () =>
        textReply(200, await metrics.text(), metrics.contentType)
      );
    default:
      return readable(() => Promise.resolve(jsonReply({})));
  }
}

function readable(answer: Answer): Answers {
  return { GET: answer, HEAD: answer };
}

async function readiness(
  store: RegistryStore,
  draining: boolean,
): Promise<Reply> {
  if (draining) return textReply(503, "stopping\n");
  const there = await isThere(store.layout.root) || store.readOnly;
  return there
    ? textReply(200, "ok\n")
    : textReply(503, "the data directory is gone\n");
}

function textReply(
  status: number,
  text: string,
  contentType = "text/plain; charset=utf-8",
): Reply {
  const body = new TextEncoder().encode(text);
  return {
    status,
    headers: {
      "content-type": contentType,
      "content-length": String(body.length),
    },
    body,
  };
}

function notAllowed(method: string, allowed: readonly string[]): ApiError {
  return new ApiError(
    405,
    "UNSUPPORTED",
    `Cannot ${method} that: ${allowed.join(", ")} are supported`,
    { headers: { allow: allowed.join(", ") } },
  );
}
