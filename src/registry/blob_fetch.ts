import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { Backoff } from "../http/backoff.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { RegistryError } from "./registry_error.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Options of the reading of a blob. */
export interface OpenBlobOptions {
  /**
   * Offset of the first byte.
   *
   * @default {0}
   */
  readonly offset?: number;
  /** Ends the transfer. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a blob of a repository. When the transfer breaks it goes on where it
 * stood. The stream has as many bytes as the descriptor says, or fails; the
 * digest is for the reader to verify.
 *
 * @throws {RegistryError} when the registry does not give the blob
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export async function openBlob(
  scope: RepositoryScope,
  blob: Descriptor,
  options: OpenBlobOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const transfer = new BlobTransfer(scope, blob, options);
  await transfer.connect();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const bytes = await transfer.read();
      if (bytes === undefined) controller.close();
      else controller.enqueue(bytes);
    },
    cancel: () => transfer.cancel(),
  }, { highWaterMark: 0 });
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

class BlobTransfer {
  readonly #scope: RepositoryScope;
  readonly #blob: Descriptor;
  readonly #signal: { readonly signal?: AbortSignal };
  readonly #backoff: Backoff;
  #position: number;
  #reader: BodyReader | undefined;
  #cancelled = false;

  constructor(
    scope: RepositoryScope,
    blob: Descriptor,
    options: OpenBlobOptions,
  ) {
    this.#scope = scope;
    this.#blob = blob;
    this.#position = options.offset ?? 0;
    this.#signal = options.signal === undefined
      ? {}
      : { signal: options.signal };
    this.#backoff = new Backoff({
      ...scope.client.retryOptions,
      ...this.#signal,
    });
  }

  /** Makes the first request, whose failure concerns whoever opens the blob. */
  async connect(): Promise<void> {
    if (this.#position >= this.#blob.size) return;
    this.#reader = await this.#scope.client.retry(
      () => this.#request(),
      this.#signal.signal,
    );
  }

  /** Returns the next bytes, `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    while (!this.#cancelled) {
      try {
        const bytes = await this.#readOnce();
        this.#backoff.reset();
        if (!this.#cancelled) return bytes;
      } catch (error) {
        await this.#drop();
        if (!this.#cancelled) await this.#backoff.wait(error);
      }
    }
    // What was asked for in the meantime is of no use to anybody.
    await this.#drop();
    return undefined;
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    try {
      await reader?.cancel();
    } catch {
      // A body that broke before tells its error again.
    }
  }

  async #readOnce(): Promise<Uint8Array | undefined> {
    const { size, digest } = this.#blob;
    if (this.#reader === undefined && this.#position >= size) return undefined;
    this.#reader ??= await this.#request();
    const { done, value } = await this.#reader.read();
    if (done) {
      if (this.#position === size) return undefined;
      throw this.#fault(`the answer ends at byte ${this.#position} of ${size}`);
    }
    this.#position += value.length;
    if (this.#position > size) {
      throw new ContentMismatchError(
        `Cannot fetch the blob "${digest}": it has at least ${this.#position} bytes, must have ${size}`,
        { digest, size },
        { size: this.#position },
      );
    }
    return value;
  }

  async #request(): Promise<BodyReader> {
    const { client, repository } = this.#scope;
    const start = this.#position;
    // Both ends are named: go-containerregistry's server knows no open range.
    const range = `bytes=${start}-${this.#blob.size - 1}`;
    const response = await client.send({
      method: "GET",
      path: this.#path,
      action: `fetch the blob "${this.#blob.digest}" of "${repository}"`,
      expected: [200, 206],
      ...start > 0 && { headers: { range } },
      ...this.#signal,
    });
    const reader = (response.body ?? new Blob().stream()).getReader();
    if (response.status === 200) return await skip(reader, start);
    if (response.headers.get("content-range")?.startsWith(`bytes ${start}-`)) {
      return reader;
    }
    await reader.cancel();
    throw this.#fault("the answer is another range than was asked for");
  }

  get #path(): string {
    return `/v2/${this.#scope.repository}/blobs/${this.#blob.digest}`;
  }

  #fault(reason: string): RegistryError {
    return new RegistryError(
      `Cannot fetch the blob "${this.#blob.digest}" of "${this.#scope.repository}": ${reason}`,
      { method: "GET", path: this.#path, status: 200, transient: true },
    );
  }
}

/** A registry that ignores ranges sends all of it: the first bytes are known. */
async function skip(reader: BodyReader, bytes: number): Promise<BodyReader> {
  let missing = bytes;
  while (missing > 0) {
    const { done, value } = await reader.read();
    if (done) return reader;
    missing -= value.length;
    if (missing < 0) return startWith(value.subarray(missing), reader);
  }
  return reader;
}

function startWith(first: Uint8Array, rest: BodyReader): BodyReader {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(first),
    async pull(controller) {
      const { done, value } = await rest.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => rest.cancel(reason),
  }).getReader();
}
