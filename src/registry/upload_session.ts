import { discard, sliceStream } from "../http/body.ts";
import type { Digest } from "../oci/digest.ts";
import { Chunk } from "./chunk_reader.ts";
import type {
  RegistryClient,
  RegistryRequest,
  RequestBody,
} from "./registry_client.ts";
import { printable, RegistryError } from "./registry_error.ts";
import {
  locationWithDigest,
  parseUploadLocation,
  type UploadLocation,
} from "./upload_location.ts";
import { parseUploadRange, type UploadRange } from "./upload_range.ts";

/** Distribution eats bodies of form types and refuses all other ones. */
export const BLOB_MEDIA_TYPE = "application/octet-stream";

/** Milliseconds that giving a session up may take: nobody waits for more. */
const CANCEL_TIMEOUT = 3_000;

/** One repository of one registry. */
export interface RepositoryScope {
  /** The registry. */
  readonly client: RegistryClient;
  /** The repository's name. */
  readonly repository: string;
  /**
   * Whether layers to reuse are looked for in other repositories as well.
   *
   * @default {true}
   */
  readonly searchesCatalog?: boolean;
}

/** Options of the steps of an upload. */
export interface UploadStepOptions {
  /** Ends the step. */
  readonly signal?: AbortSignal;
  /** Called with the number of bytes, as the transport takes them. */
  readonly onSlice?: (bytes: number) => void;
}

/**
 * The exchange that puts a blob into a repository, from POST to PUT. Each method
 * is one request, sent once; every answer moves the session to a new location.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export class UploadSession {
  readonly #scope: RepositoryScope;
  #location: UploadLocation;
  /**
   * The least number of bytes that every chunk but the last must have, 0 for
   * any (`OCI-Chunk-Min-Length`).
   */
  readonly minChunk: number;

  /** Takes a session up where its location is known. */
  constructor(scope: RepositoryScope, location: UploadLocation, minChunk = 0) {
    this.#scope = scope;
    this.#location = location;
    this.minChunk = minChunk;
  }

  /** Where the session is now; a secret, for its query is signed. */
  get location(): UploadLocation {
    return this.#location;
  }

  /**
   * Sends a chunk and says where it begins and ends.
   *
   * @returns what the registry has now
   * @throws {RegistryError} when the registry does not take it
   * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
   */
  async sendChunk(
    chunk: Chunk,
    options: UploadStepOptions = {},
  ): Promise<UploadRange> {
    const response = await this.#send({
      method: "PATCH",
      path: this.#location,
      // Inclusive, and neither "bytes " nor a total: it is not HTTP's header.
      headers: { "content-range": `${chunk.start}-${chunk.end - 1}` },
      body: chunkBody(chunk, options),
      // 201 is ECR's, 204 that of go-containerregistry before April 2026.
      expected: [201, 202, 204],
    }, options);
    return parseUploadRange(response.headers);
  }

  /**
   * Sends all of a blob as one stream, which cannot go on where it broke.
   *
   * @throws {RegistryError} when the registry does not take it
   */
  async sendStream(
    body: Omit<RequestBody, "mediaType">,
    options: UploadStepOptions = {},
  ): Promise<void> {
    await this.#send({
      method: "PATCH",
      path: this.#location,
      body: { ...body, mediaType: BLOB_MEDIA_TYPE },
      expected: [201, 202, 204],
    }, options);
  }

  /**
   * Asks what the registry has.
   *
   * @throws {RegistryError} with status 404 when the session is lost, with
   *   others when the registry cannot be asked
   */
  async uploadRange(options: UploadStepOptions = {}): Promise<UploadRange> {
    const response = await this.#send({
      method: "GET",
      path: this.#location,
      expected: [200, 202, 204],
    }, options);
    return parseUploadRange(response.headers);
  }

  /**
   * Finds out whether the registry has so many bytes, by a chunk without bytes
   * that would follow them; for registries that cannot be asked.
   *
   * @throws {RegistryError} when the session is lost
   */
  async standsAt(
    offset: number,
    options: UploadStepOptions = {},
  ): Promise<boolean> {
    const response = await this.#send({
      method: "PATCH",
      path: this.#location,
      headers: { "content-range": `${offset}-${offset - 1}` },
      body: chunkBody(new Chunk(offset, []), options),
      expected: [201, 202, 204, 416],
    }, options);
    return response.status !== 416;
  }

  /**
   * Closes the session: from then on the blob is in the repository.
   *
   * @param last the bytes that were not sent yet, or an empty chunk
   * @throws {RegistryError} when the registry does not take it, or stored
   *   something else
   */
  async complete(
    digest: Digest,
    last: Chunk,
    options: UploadStepOptions = {},
  ): Promise<void> {
    const response = await this.#scope.client.send({
      method: "PUT",
      path: locationWithDigest(this.#location, digest),
      body: chunkBody(last, options),
      expected: [201, 204],
      ...this.#stepOf(options),
    });
    await discard(response);
    checkStoredDigest(response, digest, this.#scope);
  }

  /**
   * Gives the session up, so that the registry need not keep its bytes. Nobody
   * depends on it: registries purge what is left, and some know no DELETE.
   *
   * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#canceling-a-blob-upload
   */
  async cancel(): Promise<void> {
    try {
      await this.#send({
        method: "DELETE",
        path: this.#location,
        expected: [200, 202, 204],
      }, { signal: AbortSignal.timeout(CANCEL_TIMEOUT) });
    } catch {
      // What made the upload end is what counts; see above.
    }
  }

  #stepOf(options: UploadStepOptions) {
    return {
      action: `upload a blob to "${this.#scope.repository}"`,
      ...options.signal && { signal: options.signal },
    };
  }

  async #send(
    request: Omit<RegistryRequest, "action" | "signal">,
    options: UploadStepOptions,
  ): Promise<Response> {
    const response = await this.#scope.client.send({
      ...request,
      ...this.#stepOf(options),
    });
    await discard(response);
    const location = response.headers.get("location");
    if (location === null) return response;
    // Each answer has a new `_state`, and distribution 2.8 ends the upload when
    // it gets an old one.
    this.#location = locationOf(response, this.#scope, request.path);
    return response;
  }
}

/**
 * Returns the path that uploads begin at. The slash at its end is part of it:
 * without it, it is another path.
 */
export function uploadsPath(scope: RepositoryScope): string {
  return `/v2/${scope.repository}/blobs/uploads/`;
}

/**
 * Reads where a session is.
 *
 * @param text what the registry said in its answer, or what was kept of it
 * @param path what the request asked for; default the place where uploads begin
 * @returns `undefined` when it is no place that bytes may be sent to
 */
export function readLocation(
  text: string,
  { client, repository }: RepositoryScope,
  path: string = uploadsPath({ client, repository }),
): UploadLocation | undefined {
  const { origin } = client;
  return parseUploadLocation(text, repository, {
    ...origin !== undefined && { host: { origin, url: client.urlOf(path) } },
  });
}

/**
 * Takes the session's place out of an answer.
 *
 * @param path what the request asked for; default the place where uploads begin
 * @throws {RegistryError} when it is missing, or nothing may be sent there
 */
export function locationOf(
  response: Response,
  scope: RepositoryScope,
  path?: string,
): UploadLocation {
  const { client, repository } = scope;
  const header = response.headers.get("location");
  const location = readLocation(header ?? "", scope, path);
  if (location !== undefined) return location;
  const place = header === null
    ? "no place"
    : client.origin === undefined
    ? "a place outside of the repository"
    : "no safe place";
  throw new RegistryError(
    `Cannot upload a blob to "${repository}": the registry names ${place} to send it to`,
    {
      method: "POST",
      path: uploadsPath(scope),
      status: response.status,
    },
  );
}

function chunkBody(chunk: Chunk, options: UploadStepOptions): RequestBody {
  return {
    stream: () => sliceStream(chunk.pieces, options),
    size: chunk.end - chunk.start,
    mediaType: BLOB_MEDIA_TYPE,
  };
}

/** `Docker-Content-Digest` may be absent, or of another algorithm. */
function checkStoredDigest(
  response: Response,
  digest: Digest,
  scope: RepositoryScope,
): void {
  const stored = response.headers.get("docker-content-digest");
  const algorithm = digest.slice(0, digest.indexOf(":") + 1);
  if (stored === null || !stored.startsWith(algorithm)) return;
  if (stored === digest) return;
  throw new RegistryError(
    `Cannot upload a blob to "${scope.repository}": the registry stored it as "${
      printable(stored)
    }", must be "${digest}"`,
    { method: "PUT", path: uploadsPath(scope), status: response.status },
  );
}
