import { isTransient, type RetryOptions } from "../http/backoff.ts";
import { readTextUpTo } from "../http/body.ts";
import { ConnectionError, UNSENT_STAGES } from "../http/connection_error.ts";
import { retry } from "../http/retry.ts";
import type { Transport } from "../http/transport.ts";
import { BlobLedger } from "./blob_ledger.ts";
import { listRepositories } from "./catalog.ts";
import { ChunkPolicy } from "./chunk_policy.ts";
import {
  deleteManifest,
  type DeleteOptions,
  type DeleteOutcome,
  deleteTag,
} from "./deletion.ts";
import type { Manifest } from "./manifests.ts";
import { RegistryClient } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";
import { Repository } from "./repository.ts";
import type { ListOptions } from "./tags.ts";
import type { UploadJournal } from "./upload_journal.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Options for {@linkcode Registry}. */
export interface RegistryOptions {
  /**
   * Scheme, host and port of the requests, without a trailing slash.
   *
   * @default {REGISTRY_ORIGIN} the transport knows the address
   */
  readonly origin?: string;
  /**
   * Bytes of a chunk; each running upload keeps two in memory.
   *
   * @default {4_194_304}
   */
  readonly chunkSize?: number;
  /** How patiently requests are tried again. */
  readonly retry?: RetryOptions;
  /** Remembers where uploads stand; default nobody. */
  readonly journal?: UploadJournal;
  /**
   * Whether layers to reuse are looked for in other repositories as well, which
   * the registry's catalog tells.
   *
   * @default {true}
   */
  readonly searchesCatalog?: boolean;
}

/** Options for {@linkcode Registry.ping}. */
export interface PingOptions {
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/** A user waits for the answer of the first contact. */
const FIRST_CONTACT_ATTEMPTS = 3;

/** A registry's answer to the ping is `{}`. */
const MAX_PING_BYTES = 4096;

/**
 * A registry, spoken to through a transport.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export class Registry {
  readonly #client: RegistryClient;
  readonly #policy: ChunkPolicy;
  readonly #ledger = new BlobLedger();
  readonly #journal: UploadJournal | undefined;
  readonly #searchesCatalog: boolean;

  /** Makes a client; nothing is sent yet. */
  constructor(transport: Transport, options: RegistryOptions = {}) {
    this.#client = new RegistryClient(transport, options);
    this.#policy = new ChunkPolicy(options);
    this.#journal = options.journal;
    this.#searchesCatalog = options.searchesCatalog ?? true;
  }

  /**
   * Makes sure that a registry answers. A way that is closed from the beginning
   * is told at once, without waiting for it to open.
   *
   * @throws {RegistryError} when it wants a login or is no registry
   * @throws {ConnectionError} when there is no way to it
   * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
   */
  async ping(options: PingOptions = {}): Promise<void> {
    const { signal } = options;
    await retry(() => this.#pingOnce(signal), {
      maxAttempts: FIRST_CONTACT_ATTEMPTS,
      ...this.#client.retryOptions,
      ...signal && { signal },
      isTransient: isTransientAtFirst,
    });
  }

  /**
   * Returns one of its repositories, which need not exist yet.
   *
   * @throws {ReferenceSyntaxError} when the name is not a repository's
   */
  repository(name: string): Repository {
    const scope = {
      client: this.#client,
      policy: this.#policy,
      repository: name,
      searchesCatalog: this.#searchesCatalog,
      ...this.#journal && { journal: this.#journal },
    };
    return new Repository(scope, this.#ledger);
  }

  /**
   * Deletes a tag of a repository; the manifest and its other tags stay.
   *
   * @returns `unsupported` where only whole manifests can be deleted
   * @throws {RegistryError} when the registry refuses
   */
  deleteTag(
    repository: Repository,
    tag: string,
    options: DeleteOptions = {},
  ): Promise<DeleteOutcome> {
    return deleteTag(this.#scopeOf(repository), tag, options);
  }

  /**
   * Deletes a manifest of a repository, and with it every tag that leads to it.
   *
   * @returns `unsupported` where the registry is told to delete nothing
   * @throws {RegistryError} when the registry refuses
   */
  deleteManifest(
    repository: Repository,
    manifest: Manifest,
    options: DeleteOptions = {},
  ): Promise<DeleteOutcome> {
    return deleteManifest(this.#scopeOf(repository), manifest, options);
  }

  /**
   * Lists the repositories.
   *
   * @throws {RegistryError} when the registry has no catalog, which is not part
   *   of the specification
   */
  repositories(options: ListOptions = {}): AsyncGenerator<string> {
    return listRepositories(this.#client, options);
  }

  #scopeOf({ location }: Repository): RepositoryScope {
    return { client: this.#client, repository: location };
  }

  async #pingOnce(signal: AbortSignal | undefined): Promise<void> {
    const response = await this.#client.send({
      method: "GET",
      path: "/v2/",
      action: "reach the registry",
      expected: [200],
      ...signal && { signal },
    });
    const body = (await readTextUpTo(response, MAX_PING_BYTES)).trim();
    const version = response.headers.get("docker-distribution-api-version");
    if (version !== null || body === "" || body.startsWith("{")) return;
    throw new RegistryError(
      "Cannot reach the registry: what answers is no registry, it sends " +
        (body.startsWith("<") ? "an HTML page" : "something else") +
        "\nCheck the name and the port of the registry",
      { method: "GET", path: "/v2/", status: response.status },
    );
  }
}

/** A way that cannot even be opened is not mended by waiting. */
function isTransientAtFirst(error: unknown): boolean {
  if (!isTransient(error)) return false;
  return !(error instanceof ConnectionError) ||
    !UNSENT_STAGES.has(error.stage);
}
