import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { SignatureTag } from "../oci/signature_tag.ts";
import type { BlobContent } from "./blob_content.ts";

/** The end of a copy that content is read from. */
export interface ImageSource {
  /** Where the content comes from, for messages: a path, an engine's address. */
  readonly location: string;

  /** What a user should know about the source although it can be read. */
  readonly warnings: readonly string[];

  /** Lists every image that the source holds, in the source's own order. */
  images(): Promise<readonly SourceImage[]>;

  /** Tells whether the source holds the content of a descriptor. */
  has(descriptor: Descriptor): Promise<boolean>;

  /**
   * Opens stored content from byte `offset` on (default 0). The bytes are not
   * verified here: whoever reads them does.
   *
   * @throws {Error} when the source does not hold it
   */
  open(
    descriptor: Descriptor,
    offset?: number,
  ): Promise<ReadableStream<Uint8Array>>;

  /**
   * Lists manifests that are about another manifest (signatures, SBOMs): they
   * are no images of their own but travel with their subject. A source without
   * this method has none.
   */
  referrers?(): Promise<readonly Descriptor[]>;

  /**
   * Lists manifests that are about another manifest and do not name it: a
   * registry has them under tags made of its digest. They are no images of
   * their own but travel with it. A source without this method has none.
   */
  attachments?(): Promise<readonly Attachment[]>;

  /** Gives back files, workers and temporary space. */
  close(): Promise<void>;
}

/** What cosign's older scheme keeps about a manifest. */
export interface Attachment extends SignatureTag {
  /** The manifest with the signatures, attestations or SBOMs. */
  readonly root: Descriptor;
}

/** An image in a source. */
export interface SourceImage {
  /**
   * The names that the source gives it, as they are written there, best first:
   * full references (`docker.io/cool/image:1.2`) or bare tags (`1.2`).
   * Empty when it has none.
   */
  readonly names: readonly string[];
  /** The image itself. */
  readonly root: Descriptor | ImageDraft;
}

/**
 * An image without a manifest (a docker-archive's). The manifest is made while
 * it is copied, because the digests of layers that are compressed on the way
 * are known only then.
 */
export interface ImageDraft {
  /** The config, byte for byte as the source has it. */
  readonly config: Uint8Array;
  /** The platform that the config names. */
  readonly platform: Platform;
  /** The layers, lowest first. */
  readonly layers: readonly LayerDraft[];
}

/** A layer of an {@linkcode ImageDraft}. */
export interface LayerDraft {
  /** Digest of the uncompressed layer, which the config states. */
  readonly diffId: Digest;
  /** Number of bytes that the source stores for it. */
  readonly storedSize: number;
  /**
   * The bytes to send. They are the same on every run for the same input,
   * settings and version; the stream fails at its end when the layer does not
   * have the diffID.
   */
  readonly content: BlobContent;
}

/** Tells a draft from a stored root. */
export function isDraft(root: Descriptor | ImageDraft): root is ImageDraft {
  return "layers" in root;
}
