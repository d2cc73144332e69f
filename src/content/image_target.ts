import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { BlobContent } from "./blob_content.ts";

/** How a blob came to be in the target. */
export type PushOutcome =
  /** It was there already. */
  | "existing"
  /** Another repository of the same registry lent it; nothing travelled. */
  | "mounted"
  /** It was sent. */
  | "uploaded"
  /** It was written to a file on this host. */
  | "written";

/** What a push of a blob did. */
export interface PushResult {
  /** Media type, digest and size of what is now in the target. */
  readonly descriptor: Descriptor;
  /** How it came there. */
  readonly outcome: PushOutcome;
  /** Bytes of content that were sent, repeated ones counted again. */
  readonly bytesSent: number;
}

/** Options for {@linkcode ImageTarget.push}. */
export interface PushOptions {
  /** Ends the push; what is half done is given up. */
  readonly signal?: AbortSignal;
  /**
   * Called as bytes are accepted, with the number of bytes of this blob that
   * the target has acknowledged so far; it goes back when a blob starts again.
   */
  readonly onProgress?: (bytes: number) => void;
}

/** Which layers {@linkcode ImageTarget.findLayers} looks for. */
export interface LayerQuery {
  /** Digests of the uncompressed layers. */
  readonly diffIds: readonly Digest[];
  /** The tags that the image will get: what has them now is most like it. */
  readonly tags: readonly string[];
  /** Ends the search. */
  readonly signal?: AbortSignal;
}

/**
 * The end of a copy that content is written to: one repository, archive, layout
 * or engine. Content becomes visible only when it is whole and verified.
 */
export interface ImageTarget {
  /** Where the content goes, for messages. */
  readonly location: string;

  /** Tells whether the target holds content, blob or manifest, by its digest. */
  exists(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean>;

  /**
   * Finds blobs in the target that hold layers, whoever compressed them, by
   * diffID. A target without this method knows none.
   *
   * What is found is what the target says: the engine that unpacks a layer
   * compares it with its diffID.
   */
  findLayers?(
    query: LayerQuery,
  ): Promise<ReadonlyMap<Digest, readonly Descriptor[]>>;

  /**
   * Takes a blob that the target holds, or can take from elsewhere by itself;
   * `undefined` when it would have to be sent.
   */
  reuse?(
    descriptor: Descriptor,
    signal?: AbortSignal,
  ): Promise<PushResult | undefined>;

  /**
   * Writes a blob and verifies it. Where the digest is known, the target may
   * find a way without sending it (it is there, or can be mounted).
   *
   * @throws {ContentMismatchError} when the bytes are not what the digest or
   *   the size says; nothing is visible then
   */
  push(content: BlobContent, options?: PushOptions): Promise<PushResult>;

  /** Writes a manifest or an index, byte for byte, under its digest. */
  pushManifest(
    descriptor: Descriptor,
    bytes: Uint8Array,
    signal?: AbortSignal,
  ): Promise<void>;

  /** Gives a name to a manifest that the target holds. */
  tag(
    descriptor: Descriptor,
    bytes: Uint8Array,
    tag: string,
    signal?: AbortSignal,
  ): Promise<void>;
}
