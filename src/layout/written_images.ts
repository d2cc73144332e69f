import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { successors } from "../oci/successors.ts";
import { REFERRER_SUBJECT } from "./index_kinds.ts";
import { IMAGE_NAME, REF_NAME } from "./index_names.ts";
import { normalizedName } from "./normalized_name.ts";

/** A name that was given to a manifest. */
export interface WrittenName {
  /** The manifest. */
  readonly descriptor: Descriptor;
  /** Its name, a full reference or a tag; absent where it has none. */
  readonly name?: string;
}

/** Annotations that say what a descriptor of another index is called. */
const NAMING = [IMAGE_NAME, REF_NAME, REFERRER_SUBJECT, "kind"];

/** Keeps what a copy wrote, to list it in an `index.json` at the end. */
export class WrittenImages {
  readonly #children = new Set<Digest>();
  readonly #referrers = new Map<Digest, Descriptor>();
  readonly #names = new Map<string, WrittenName>();

  /** The names so far. */
  get names(): readonly WrittenName[] {
    return [...this.#names.values()];
  }

  /** Notes that the target holds a manifest or an index. */
  add(descriptor: Descriptor, bytes: Uint8Array): void {
    const { manifests, subject } = successors(descriptor, bytes);
    for (const { digest } of manifests) this.#children.add(digest);
    if (subject === undefined) return;
    const { mediaType, digest, size, artifactType } = descriptor;
    this.#referrers.set(digest, {
      mediaType,
      digest,
      size,
      ...artifactType !== undefined && { artifactType },
      annotations: { [REFERRER_SUBJECT]: subject.digest },
    });
  }

  /** Notes an image and its name; the last one of a spelling counts. */
  name(descriptor: Descriptor, name?: string): void {
    const key = name ?? descriptor.digest;
    this.#names.set(key, { descriptor, ...name !== undefined && { name } });
  }

  /**
   * Returns the descriptors for an `index.json`: one for each name, then those
   * of manifests that are about others and in no index.
   */
  entries(): readonly Descriptor[] {
    const named = this.names.map(describeName);
    const roots = new Set(named.map(({ digest }) => digest));
    const referrers = [...this.#referrers.values()].filter(({ digest }) =>
      !roots.has(digest) && !this.#children.has(digest)
    );
    return [...named, ...referrers];
  }
}

function describeName({ descriptor, name }: WrittenName): Descriptor {
  const { mediaType, digest, size, platform, artifactType } = descriptor;
  const image = name === undefined ? undefined : normalizedName(name);
  const others = Object.entries(descriptor.annotations ?? {})
    .filter(([key]) => !NAMING.includes(key));
  return {
    mediaType,
    digest,
    size,
    ...platform && { platform },
    ...artifactType !== undefined && { artifactType },
    annotations: {
      ...Object.fromEntries(others),
      ...image !== undefined && { [IMAGE_NAME]: image },
      ...name !== undefined && { [REF_NAME]: name },
    },
  };
}
