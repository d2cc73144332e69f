import type { Digest } from "../oci/digest.ts";
import type { LayerEncoding } from "./layer_compression.ts";
import type { LayerFormat } from "./layer_format.ts";

/** What identifies the state of a file; another one means other content. */
export interface FileFingerprint {
  /** Number of its bytes. */
  readonly size: number;
  /** Time of its last change, milliseconds since 1970. */
  readonly mtime: number;
}

/** A layer in a file, and how it is to be sent. */
export interface LayerJob {
  /** The file. */
  readonly path: string;
  /** Where the layer starts in it. */
  readonly offset: number;
  /** Number of bytes of the layer there. */
  readonly size: number;
  /** The file as it was when it was opened. */
  readonly fingerprint: FileFingerprint;
  /** How the layer is stored. */
  readonly format: LayerFormat;
  /** Digest that the uncompressed bytes must have. */
  readonly diffId: Digest;
}

/** The part of an encoded layer that is not wanted because it is sent already. */
export interface LayerSkip {
  /** Leading blocks that are hashed but not encoded. */
  readonly blocks: number;
  /** Bytes to drop from what is encoded after them. */
  readonly bytes: number;
}

/** What the program tells a worker. */
export type LayerOrder =
  | {
    readonly type: "start";
    readonly id: number;
    readonly job: LayerJob;
    /** Leading bytes that are hashed but not posted. */
    readonly skip: number;
  }
  /** A block is to be encoded. */
  | {
    readonly type: "encode";
    readonly id: number;
    /** The block; its buffer is transferred. */
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly encoding: LayerEncoding;
  }
  /** One more chunk may be posted. */
  | { readonly type: "credit"; readonly id: number }
  /** Nobody wants the rest. */
  | { readonly type: "cancel"; readonly id: number };

/** What a worker tells the program. */
export type LayerReport =
  | {
    readonly type: "chunk";
    readonly id: number;
    /** The next bytes; their buffer is transferred. */
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  | {
    readonly type: "encoded";
    readonly id: number;
    /** The block as it is sent; its buffer is transferred. */
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  /** Everything was posted, and the layer has its diffID. */
  | { readonly type: "done"; readonly id: number }
  /** The layer has another digest than its diffID. */
  | { readonly type: "mismatch"; readonly id: number; readonly actual: Digest }
  /** The layer cannot be read. */
  | { readonly type: "failed"; readonly id: number; readonly reason: string };
