import { join } from "node:path";
import { type Digest, digestAlgorithm, digestEncoded } from "../oci/digest.ts";

/** The kinds of links that a repository has to content. */
export type LinkKind = "layer" | "revision";

const LINK_DIRECTORY: Readonly<Record<LinkKind, readonly string[]>> = {
  layer: ["_layers"],
  revision: ["_manifests", "revisions"],
};

/**
 * Where everything lies in a store. It is the layout of distribution's
 * `filesystem` driver, so that a store can move to distribution and back; the
 * referrers index (`_referrers`) and the lock are additions that it ignores.
 *
 * @see https://github.com/distribution/distribution/blob/v3.1.2/registry/storage/paths.go
 */
export class StoreLayout {
  /** The directory that holds the store. */
  readonly root: string;
  /** Half-written small files; emptied at the start. */
  readonly temporary: string;
  /** The file whose lock says who owns the store. */
  readonly lock: string;
  /** Content of all repositories. */
  readonly blobs: string;
  /** What each repository links to. */
  readonly repositories: string;
  readonly #foldCase: boolean;

  /**
   * Lays a store out in a directory; nothing is written.
   *
   * @param foldCase whether the file system takes `V1` and `v1` for the same
   *   name; upper-case letters of tags are then written as `!v`
   */
  constructor(dataDir: string, foldCase = false) {
    this.root = join(dataDir, "docker", "registry", "v2");
    this.temporary = join(dataDir, "tmp");
    this.lock = join(dataDir, "lock");
    this.blobs = join(this.root, "blobs");
    this.repositories = join(this.root, "repositories");
    this.#foldCase = foldCase;
  }

  /** Returns the file that holds content. */
  blob(digest: Digest): string {
    const encoded = digestEncoded(digest);
    const prefix = encoded.slice(0, 2);
    const algorithm = digestAlgorithm(digest);
    return join(this.blobs, algorithm, prefix, encoded, "data");
  }

  /** Returns the directory of a repository. */
  repository(name: string): string {
    return join(this.repositories, ...name.split("/"));
  }

  /** Returns the directory that holds the links of one kind. */
  links(name: string, kind: LinkKind): string {
    return join(this.repository(name), ...LINK_DIRECTORY[kind]);
  }

  /** Returns the file that says that a repository has content. */
  link(name: string, kind: LinkKind, digest: Digest): string {
    return join(this.links(name, kind), ...digestPath(digest), "link");
  }

  /** Returns the directory that holds the tags of a repository. */
  tags(name: string): string {
    return join(this.repository(name), "_manifests", "tags");
  }

  /** Returns the directory of one tag. */
  tag(name: string, tag: string): string {
    return join(this.tags(name), this.#encodeTag(tag));
  }

  /** Returns the file that says what a tag points to. */
  tagLink(name: string, tag: string): string {
    return join(this.tag(name, tag), "current", "link");
  }

  /** Returns the tag of a directory in {@linkcode tags}. */
  decodeTag(directory: string): string {
    return directory.replace(/!([a-z])/g, (_, letter) => letter.toUpperCase());
  }

  /** Returns the directory that holds the referrers of a repository. */
  referrers(name: string): string {
    return join(this.repository(name), "_referrers");
  }

  /** Returns the directory that holds the referrers of one subject. */
  referrersOf(name: string, subject: Digest): string {
    return join(this.referrers(name), ...digestPath(subject));
  }

  /** Returns the file that says that a manifest is about a subject. */
  referrer(name: string, subject: Digest, referrer: Digest): string {
    const [algorithm, encoded] = digestPath(referrer);
    return join(this.referrersOf(name, subject), `${algorithm}-${encoded}`);
  }

  /** Returns the file that says that the referrers index is complete. */
  referrersComplete(name: string): string {
    return join(this.referrers(name), "complete");
  }

  /** Returns the directory that holds the upload sessions of a repository. */
  uploads(name: string): string {
    return join(this.repository(name), "_uploads");
  }

  /** Returns the directory of an upload session. */
  upload(name: string, id: string): string {
    return join(this.uploads(name), id);
  }

  #encodeTag(tag: string): string {
    if (!this.#foldCase) return tag;
    return tag.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
  }
}

function digestPath(digest: Digest): [algorithm: string, encoded: string] {
  return [digestAlgorithm(digest), digestEncoded(digest)];
}
