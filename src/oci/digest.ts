import { createHash } from "node:crypto";

/**
 * A content digest, `algorithm:encoded`, made only by {@linkcode parseDigest}
 * and {@linkcode digestOf}.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 */
export type Digest = string & { readonly __brand: "Digest" };

/** A digest algorithm whose content k8scr can verify. */
export type DigestAlgorithm = "sha256" | "sha512";

/** Text that is not a digest. */
export class DigestSyntaxError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "DigestSyntaxError";
  /** The text as it was given. */
  readonly input: string;

  /** Makes the error for a text. */
  constructor(input: string, reason: string) {
    super(`Cannot parse the digest "${input}": ${reason}`);
    this.input = input;
  }
}

const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Registered algorithms: the number of lower-case hex characters of each. */
const HEX_LENGTH: Readonly<Record<string, number>> = {
  sha256: 64,
  sha512: 128,
};

/**
 * Parses a digest. A registered algorithm must have its exact number of
 * lower-case hex characters; an unknown one only has to match the grammar.
 *
 * @throws {DigestSyntaxError} when the text is not a digest
 *
 * @example Usage
 * ```ts
 * import { parseDigest } from "@k8scr/k8scr";
 *
 * const text = `sha256:${"a".repeat(64)}`;
 * if (parseDigest(text) !== text) throw new Error("unreachable");
 * ```
 */
export function parseDigest(input: string): Digest {
  if (!GRAMMAR.test(input)) {
    throw new DigestSyntaxError(input, "it is not ALGORITHM:ENCODED");
  }
  const [algorithm = "", encoded = ""] = input.split(":");
  const length = HEX_LENGTH[algorithm];
  if (length === undefined) return input as Digest;
  if (encoded.length !== length || !/^[0-9a-f]+$/.test(encoded)) {
    throw new DigestSyntaxError(
      input,
      `${algorithm} needs ${length} lower-case hex characters`,
    );
  }
  return input as Digest;
}

/** Tells whether a text is a digest. */
export function isDigest(input: string): input is Digest {
  try {
    parseDigest(input);
    return true;
  } catch (error) {
    if (error instanceof DigestSyntaxError) return false;
    throw error;
  }
}

/**
 * Returns the algorithm of a digest.
 *
 * @throws {RangeError} when k8scr cannot verify content of that algorithm
 */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  const algorithm = digest.slice(0, digest.indexOf(":"));
  if (algorithm === "sha256" || algorithm === "sha512") return algorithm;
  throw new RangeError(
    `Cannot verify "${digest}": the algorithm "${algorithm}" is not supported, must be sha256 or sha512`,
  );
}

/** Returns the part of a digest behind the colon. */
export function digestEncoded(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** Returns the digest of bytes that are in memory. */
export function digestOf(
  bytes: Uint8Array,
  algorithm: DigestAlgorithm = "sha256",
): Digest {
  const hex = createHash(algorithm).update(bytes).digest("hex");
  return `${algorithm}:${hex}` as Digest;
}

/** Computes a digest piece by piece. */
export class Digester {
  readonly #algorithm: DigestAlgorithm;
  readonly #hash: ReturnType<typeof createHash>;

  /** Starts with no bytes. */
  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  /** Adds the next bytes. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Returns the digest of all bytes so far; the digester is used up by it. */
  digest(): Digest {
    return `${this.#algorithm}:${this.#hash.digest("hex")}` as Digest;
  }
}
