import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
} from "../oci/digest.ts";
import { isRepository } from "../oci/reference.ts";
import { ApiError } from "./api_error.ts";
import { BodyInterruptedError } from "./body_reader.ts";
import { type ByteRange, parseChunkRange } from "./byte_range.ts";
import type { RegistryStore } from "./registry_store.ts";
import type { Call, Reply } from "./reply.ts";
import { digestOf } from "./route.ts";
import {
  rangeInvalid,
  sessionHeaders,
  sizeInvalid,
  uploadUnknown,
} from "./upload_answers.ts";
import type { UploadSession } from "./upload_session.ts";

/** What a request for an upload session is about. */
export interface UploadTarget {
  /** The repository. */
  readonly repository: string;
  /** The id of the session. */
  readonly id: string;
}

/**
 * Answers the `POST` that opens an upload, sends a small blob at once, or
 * mounts one that another repository has.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export async function postUpload(
  store: RegistryStore,
  repository: string,
  call: Call,
): Promise<Reply> {
  const mount = call.query.get("mount");
  const digest = call.query.get("digest");
  if (mount !== null) {
    const from = call.query.get("from");
    const wanted = { digest: digestOf(mount), ...from !== null && { from } };
    const mounted = await mountBlob(store, repository, wanted);
    if (mounted !== undefined) return mounted;
  } else if (digest !== null) {
    return await uploadAtOnce(store, repository, call);
  }
  const algorithm = announcedAlgorithm(call);
  const session = await store.uploads.create(repository, algorithm);
  return {
    status: 202,
    headers: { ...sessionHeaders(session), "content-length": "0" },
  };
}

/**
 * Answers `PATCH`: a chunk, or with no `Content-Range` a stream.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export async function patchUpload(
  store: RegistryStore,
  target: UploadTarget,
  call: Call,
): Promise<Reply> {
  const session = await findSession(store, target);
  await changeSession(session, call, async (signal) => {
    await appendBody(session, call, { signal });
  });
  return {
    status: 202,
    headers: { ...sessionHeaders(session), "content-length": "0" },
  };
}

/**
 * Answers the `PUT` that ends an upload, with the last bytes or without.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put
 */
export async function putUpload(
  store: RegistryStore,
  target: UploadTarget,
  call: Call,
): Promise<Reply> {
  const digest = digestOf(call.query.get("digest") ?? "");
  const session = await findSession(store, target);
  return await changeSession(session, call, async (signal) => {
    const algorithm = digestAlgorithm(digest);
    await appendBody(session, call, { signal, algorithm });
    return await finishUpload(store, session, digest);
  });
}

/**
 * Answers the `GET` that asks how far an upload is.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export async function getUpload(
  store: RegistryStore,
  target: UploadTarget,
): Promise<Reply> {
  const session = await findSession(store, target);
  return { status: 204, headers: sessionHeaders(session) };
}

/** Answers the `DELETE` that gives up an upload. */
export async function deleteUpload(
  store: RegistryStore,
  target: UploadTarget,
): Promise<Reply> {
  const session = await findSession(store, target);
  await session.exclusively(async () => {
    checkOpen(session);
    await store.uploads.cancel(session);
  });
  return { status: 204 };
}

/**
 * Mounts a blob. Without `from` any repository will do: this registry has no
 * access control by repository that could leak by it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
async function mountBlob(
  store: RegistryStore,
  repository: string,
  { digest, from }: { digest: Digest; from?: string },
): Promise<Reply | undefined> {
  using _hold = store.guard.hold(digest);
  const { repositories, blobs } = store;
  if (from !== undefined) {
    const lends = isRepository(from) &&
      await repositories.has(from, "layer", digest);
    if (!lends) return undefined;
  }
  if (await blobs.size(digest) === undefined) return undefined;
  await repositories.link(repository, "layer", digest);
  return blobCreated(repository, digest);
}

/** A `POST` with a digest and the whole blob. */
async function uploadAtOnce(
  store: RegistryStore,
  repository: string,
  call: Call,
): Promise<Reply> {
  const digest = digestOf(call.query.get("digest") ?? "");
  const algorithm = digestAlgorithm(digest);
  const session = await store.uploads.create(repository, algorithm);
  return await session.exclusively(async (signal) => {
    try {
      await appendBody(session, call, { signal, algorithm });
      return await finishUpload(store, session, digest);
    } finally {
      // The client does not know the session, so nobody would go on with it.
      if (!session.closed) await store.uploads.cancel(session);
    }
  });
}

async function finishUpload(
  store: RegistryStore,
  session: UploadSession,
  digest: Digest,
): Promise<Reply> {
  using _hold = store.guard.hold(digest);
  await store.uploads.finish(
    session,
    digest,
    () => store.repositories.link(session.repository, "layer", digest),
  );
  return blobCreated(session.repository, digest);
}

function blobCreated(repository: string, digest: Digest): Reply {
  return {
    status: 201,
    headers: {
      "content-length": "0",
      "docker-content-digest": digest,
      "location": `/v2/${repository}/blobs/${digest}`,
    },
  };
}

/** Runs an action that changes a session, when it is the session's turn. */
async function changeSession<T>(
  session: UploadSession,
  call: Call,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // A chunk says where it belongs, so it may take the place of one that hangs
  // on a dead connection; so may what adds nothing, for its digest says what
  // must be there. A stream would go behind whatever came before it.
  const adds = call.body !== null && contentLength(call) !== 0;
  if (session.busy && adds && chunkRange(session, call) === undefined) {
    throw rangeInvalid(session, "another request is writing to it");
  }
  return await session.exclusively(async (signal) => {
    checkOpen(session);
    return await action(signal);
  });
}

/** Appends the body of a request, which has to be the chunk it says it is. */
async function appendBody(
  session: UploadSession,
  call: Call,
  options: { signal: AbortSignal; algorithm?: DigestAlgorithm },
): Promise<void> {
  const range = chunkRange(session, call);
  const start = session.offset;
  if (range !== undefined && range.start !== start) {
    throw rangeInvalid(session, `the next byte must be ${start}`);
  }
  const declared = contentLength(call);
  const expected = range === undefined ? declared : range.end - range.start + 1;
  if (declared !== undefined && declared !== expected) {
    throw sizeInvalid(declared, expected);
  }
  const received = await append(session, call, options);
  if (expected === undefined || received === expected) return;
  await session.truncate(start);
  throw sizeInvalid(received, expected);
}

async function append(
  session: UploadSession,
  call: Call,
  options: { signal: AbortSignal; algorithm?: DigestAlgorithm },
): Promise<number> {
  try {
    return await session.append(call.body, {
      ...options,
      traffic: call.traffic,
    });
  } catch (error) {
    if (!(error instanceof BodyInterruptedError)) throw error;
    throw new ApiError(
      400,
      "BLOB_UPLOAD_INVALID",
      `Cannot go on with the upload: the body ended early after ${session.offset} bytes`,
      { cause: error, headers: sessionHeaders(session) },
    );
  }
}

function chunkRange(
  session: UploadSession,
  call: Call,
): ByteRange | undefined {
  const field = call.headers.get("content-range");
  if (field === null) return undefined;
  const range = parseChunkRange(field);
  if (range !== undefined) return range;
  throw rangeInvalid(session, `Content-Range "${field}" is not START-END`);
}

function contentLength(call: Call): number | undefined {
  const field = call.headers.get("content-length");
  return field === null ? undefined : Number(field);
}

function announcedAlgorithm(call: Call): DigestAlgorithm {
  const name = call.query.get("digest-algorithm") ?? "sha256";
  if (name === "sha256" || name === "sha512") return name;
  throw new ApiError(
    400,
    "DIGEST_INVALID",
    `Cannot verify "${name}": must be sha256 or sha512`,
  );
}

async function findSession(
  store: RegistryStore,
  { repository, id }: UploadTarget,
): Promise<UploadSession> {
  const session = await store.uploads.find(repository, id);
  if (session === undefined) throw uploadUnknown();
  checkOpen(session);
  return session;
}

function checkOpen(session: UploadSession): void {
  if (session.closed) throw uploadUnknown();
}
