import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import type { LayerQuery } from "../content/image_target.ts";
import { readVerified } from "../content/manifest_tree.ts";
import { WorkLimit } from "../content/work_limit.ts";
import { isTransient } from "../http/backoff.ts";
import { parseImageConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseImageIndex } from "../oci/image_index.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { isIndexType, isManifestType } from "../oci/media_type.ts";
import { openBlob } from "./blob_fetch.ts";
import type { BlobLedger } from "./blob_ledger.ts";
import { listRepositories } from "./catalog.ts";
import { fetchManifest } from "./manifests.ts";
import { RegistryError } from "./registry_error.ts";
import { listTags } from "./tags.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Tags that are looked at in the repository itself: the newest, by their names. */
const MAX_TAGS = 8;

/** Other repositories that are looked at, those with the most similar names. */
const MAX_SIBLINGS = 8;

/** Tags that are looked at in each of them. */
const MAX_SIBLING_TAGS = 2;

/** Manifests of one index that are looked at. */
const MAX_CHILDREN = 8;

/** Bytes of manifests and configs that a search reads. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Names of which the newest or most similar are chosen. */
const MAX_NAMES = 1000;

/** Images that are looked at together. */
const PARALLEL = 4;

/** A search is worth little patience: what is not found is sent. */
const PATIENCE = { maxAttempts: 2 };

/** The configs that list diffIDs are those of images. */
const IMAGE_CONFIG = /^application\/vnd\.(?:oci|docker\.container)\.image\./;

/**
 * Finds out which layers a registry holds, whoever compressed them: its images
 * list diffIDs in their configs and, in the same order, blobs in their
 * manifests. First those of the repository itself are read, then those of
 * others, never more than a few megabytes.
 *
 * @returns blobs by diffID; the ledger knows their repositories afterwards
 */
export async function findLayers(
  scope: RepositoryScope,
  ledger: BlobLedger,
  query: LayerQuery,
): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
  const client = scope.client.withPatience(PATIENCE);
  const search = new LayerSearch(ledger, query);
  const own = { ...scope, client };
  await search.read(own, query.tags);
  if (search.isOver) return search.found;
  const tags = await newestTags(own, query);
  await search.read(own, tags.slice(0, MAX_TAGS));
  if (search.isOver || scope.searchesCatalog === false) return search.found;
  for (const sibling of await siblings(own)) {
    const other = { ...own, repository: sibling };
    const newest = await newestTags(other, query);
    await search.read(other, newest.slice(0, MAX_SIBLING_TAGS));
  }
  return search.found;
}

class LayerSearch {
  /** Blobs that are layers, by diffID. */
  readonly found = new Map<Digest, Descriptor[]>();
  readonly #ledger: BlobLedger;
  readonly #query: LayerQuery;
  readonly #wanted: ReadonlySet<Digest>;
  readonly #limit = new WorkLimit(PARALLEL);
  readonly #seen = new Set<Digest>();
  #bytesLeft = MAX_BYTES;

  constructor(ledger: BlobLedger, query: LayerQuery) {
    this.#ledger = ledger;
    this.#query = query;
    this.#wanted = new Set(query.diffIds);
  }

  /** Whether more cannot be found, or must not be read. */
  get isOver(): boolean {
    return this.found.size === this.#wanted.size || this.#bytesLeft <= 0;
  }

  /** Reads images by tag or digest. */
  async read(
    scope: RepositoryScope,
    references: readonly string[],
  ): Promise<void> {
    const children = await Promise.all(
      references.map((reference) =>
        this.#limit.run(() => this.#readOne(scope, reference))
      ),
    );
    // Those of an index come after all others: most tags lead to one image.
    for (const digests of children) {
      if (digests.length > 0) await this.read(scope, digests);
    }
  }

  /** Returns the manifests of an index, which are still to be read. */
  async #readOne(
    scope: RepositoryScope,
    reference: string,
  ): Promise<readonly Digest[]> {
    if (this.isOver) return [];
    const manifest = await passing(() =>
      fetchManifest(scope, reference, signalOf(this.#query))
    );
    if (manifest === undefined) return [];
    const { descriptor, bytes } = manifest;
    if (this.#seen.has(descriptor.digest)) return [];
    this.#seen.add(descriptor.digest);
    this.#bytesLeft -= bytes.length;
    const document = `the manifest "${descriptor.digest}"`;
    return await passing(async () => {
      if (isIndexType(descriptor.mediaType)) {
        return parseImageIndex(bytes, document).manifests
          .filter(({ mediaType }) => isManifestType(mediaType))
          .slice(0, MAX_CHILDREN).map(({ digest }) => digest);
      }
      const { config, layers } = parseImageManifest(bytes, document);
      await this.#match(scope, config, layers);
      return [];
    }) ?? [];
  }

  async #match(
    scope: RepositoryScope,
    config: Descriptor,
    layers: readonly Descriptor[],
  ): Promise<void> {
    if (!IMAGE_CONFIG.test(config.mediaType)) return;
    if (config.size > this.#bytesLeft) return;
    this.#bytesLeft -= config.size;
    const what = `the config "${config.digest}"`;
    const location = scope.repository;
    const source = {
      location,
      open: () => openBlob(scope, config, signalOf(this.#query)),
    };
    const bytes = await readVerified(source, config, what);
    const { diffIds } = parseImageConfig(bytes, what);
    if (diffIds.length !== layers.length) return;
    for (const [index, layer] of layers.entries()) {
      const diffId = diffIds[index];
      if (diffId === undefined || !this.#wanted.has(diffId)) continue;
      const known = this.found.get(diffId) ?? [];
      this.found.set(diffId, [...known, layer]);
      this.#ledger.add(layer.digest, location);
    }
  }
}

async function newestTags(
  scope: RepositoryScope,
  query: LayerQuery,
): Promise<readonly string[]> {
  const options = { pageSize: MAX_NAMES, ...signalOf(query) };
  const tags = await firstOf(() => listTags(scope, options));
  const { compare } = new Intl.Collator("en", { numeric: true });
  return tags.sort((one, other) => compare(other, one));
}

async function siblings(scope: RepositoryScope): Promise<readonly string[]> {
  const names = await firstOf(() =>
    listRepositories(scope.client, { pageSize: MAX_NAMES })
  );
  const own = scope.repository;
  return names.filter((name) => name !== own)
    .sort((one, other) => likeness(other, own) - likeness(one, own))
    .slice(0, MAX_SIBLINGS);
}

/** Number of characters that two names begin with alike. */
function likeness(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

async function firstOf(list: () => AsyncGenerator<string>): Promise<string[]> {
  return await passing(async () => {
    const names: string[] = [];
    for await (const name of list()) {
      if (names.push(name) === MAX_NAMES) break;
    }
    return names;
  }) ?? [];
}

/**
 * Passes over what a registry does not give, or gives in pieces: whether a
 * layer is found only decides about the way that it takes.
 */
async function passing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const harmless = isTransient(error) || error instanceof RegistryError ||
      error instanceof ContentMismatchError ||
      error instanceof DocumentSyntaxError;
    if (harmless) return undefined;
    throw error;
  }
}

function signalOf({ signal }: LayerQuery): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
