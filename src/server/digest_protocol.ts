import type { Digest, DigestAlgorithm } from "../oci/digest.ts";

/** What the program tells a digest worker. */
export type DigestOrder =
  | {
    readonly type: "start";
    readonly id: number;
    /** The file, none of whose bytes is read yet. */
    readonly path: string;
    readonly algorithm: DigestAlgorithm;
  }
  /** The bytes before `end` are in the file. */
  | { readonly type: "advance"; readonly id: number; readonly end: number }
  /** All bytes are in the file: its digest is wanted. */
  | { readonly type: "finish"; readonly id: number }
  /** Nobody wants the digest. */
  | { readonly type: "drop"; readonly id: number };

/** What a digest worker tells the program. */
export type DigestReport =
  | { readonly type: "done"; readonly id: number; readonly digest: Digest }
  /** The file cannot be read; nothing more will be said of it. */
  | { readonly type: "failed"; readonly id: number; readonly reason: string };
