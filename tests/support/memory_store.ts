import type { BlobContent } from "../../src/content/blob_content.ts";
import type {
  Attachment,
  ImageSource,
  SourceImage,
} from "../../src/content/image_source.ts";
import type {
  ImageTarget,
  PushOptions,
  PushResult,
} from "../../src/content/image_target.ts";
import { verifyBytes } from "../../src/content/verify.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import type { SignatureTag } from "../../src/oci/signature_tag.ts";
import type { BuiltContent } from "./images.ts";

/** A source whose content is in memory. */
export class MemorySource implements ImageSource {
  readonly location = "memory";
  readonly warnings: readonly string[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly #images: SourceImage[] = [];
  readonly #referrers: Descriptor[] = [];
  readonly #attachments: Attachment[] = [];

  /** Adds an image under names, with all its content. */
  add(content: BuiltContent, ...names: string[]): this {
    this.#images.push({ names, root: content.descriptor });
    for (const [digest, bytes] of content.blobs) this.blobs.set(digest, bytes);
    return this;
  }

  /** Adds a manifest that is about another one. */
  addReferrer(content: BuiltContent): this {
    this.#referrers.push(content.descriptor);
    for (const [digest, bytes] of content.blobs) this.blobs.set(digest, bytes);
    return this;
  }

  /** Adds a manifest that is about another one, which only its tag says. */
  addAttachment(content: BuiltContent, tag: SignatureTag): this {
    this.#attachments.push({ ...tag, root: content.descriptor });
    for (const [digest, bytes] of content.blobs) this.blobs.set(digest, bytes);
    return this;
  }

  images(): Promise<readonly SourceImage[]> {
    return Promise.resolve(this.#images);
  }

  referrers(): Promise<readonly Descriptor[]> {
    return Promise.resolve(this.#referrers);
  }

  attachments(): Promise<readonly Attachment[]> {
    return Promise.resolve(this.#attachments);
  }

  has({ digest }: Descriptor): Promise<boolean> {
    return Promise.resolve(this.blobs.has(digest));
  }

  open(
    { digest }: Descriptor,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array>> {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) {
      return Promise.reject(new Error(`Cannot open ${digest}: not there`));
    }
    return Promise.resolve(streamOf(bytes.subarray(offset)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A target that keeps content in memory and writes down what was asked of it. */
export class MemoryTarget implements ImageTarget {
  readonly location = "memory";
  readonly blobs = new Map<string, Uint8Array>();
  readonly tags = new Map<string, string>();
  /** `exists`, `push`, `manifest` and `tag`, with digest or name, in order. */
  readonly calls: string[] = [];
  /** Blobs that are on their way, and the most that ever were. */
  running = 0;
  most = 0;

  exists({ digest }: Descriptor): Promise<boolean> {
    this.calls.push(`exists ${digest}`);
    return Promise.resolve(this.blobs.has(digest));
  }

  async push(
    content: BlobContent,
    options: PushOptions = {},
  ): Promise<PushResult> {
    this.most = Math.max(this.most, ++this.running);
    try {
      return await this.#push(content, options);
    } finally {
      this.running--;
    }
  }

  pushManifest(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    this.calls.push(`manifest ${descriptor.digest}`);
    this.blobs.set(descriptor.digest, bytes);
    return Promise.resolve();
  }

  tag(
    descriptor: Descriptor,
    _bytes: Uint8Array,
    tag: string,
  ): Promise<void> {
    this.calls.push(`tag ${tag}`);
    this.tags.set(tag, descriptor.digest);
    return Promise.resolve();
  }

  async #push(
    content: BlobContent,
    options: PushOptions,
  ): Promise<PushResult> {
    const { mediaType, digest, size } = content;
    if (digest !== undefined && size !== undefined && this.blobs.has(digest)) {
      const descriptor = { mediaType, digest, size };
      return { descriptor, outcome: "existing", bytesSent: 0 };
    }
    const bytes = await new Response(await content.open()).bytes();
    options.signal?.throwIfAborted();
    if (digest !== undefined && size !== undefined) {
      verifyBytes(bytes, { digest, size }, `the blob ${digest}`);
    }
    options.onProgress?.(bytes.length);
    const descriptor = {
      mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
    };
    this.calls.push(`push ${descriptor.digest}`);
    this.blobs.set(descriptor.digest, bytes);
    return { descriptor, outcome: "uploaded", bytesSent: bytes.length };
  }
}

/** Streams bytes in two pieces, so that no test depends on a single one. */
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const middle = Math.floor(bytes.length / 2);
  return ReadableStream.from(
    [bytes.subarray(0, middle), bytes.subarray(middle)].filter((part) =>
      part.length > 0
    ),
  );
}
