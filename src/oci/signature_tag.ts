import { type Digest, isDigest } from "./digest.ts";

/** What cosign's older scheme keeps: signatures, attestations, SBOMs. */
export type SignatureKind = "sig" | "att" | "sbom";

/** What a tag of cosign's older scheme says. */
export interface SignatureTag {
  /** The manifest that is signed, or described. */
  readonly subject: Digest;
  /** What the tag leads to. */
  readonly kind: SignatureKind;
}

const KINDS: readonly SignatureKind[] = ["sig", "att", "sbom"];

/**
 * Returns the tag under which cosign's older scheme keeps what is about a
 * manifest, beside it in the same repository: `sha256-HEX.sig` and the like. No
 * manifest points to it, nor does it name a subject.
 *
 * @see https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export function signatureTag({ subject, kind }: SignatureTag): string {
  return `${subject.replace(":", "-")}.${kind}`;
}

/** Lists all tags that cosign's older scheme may use for a manifest. */
export function signatureTags(subject: Digest): readonly string[] {
  return KINDS.map((kind) => signatureTag({ subject, kind }));
}

/** Reads such a tag; `undefined` for any other. */
export function parseSignatureTag(tag: string): SignatureTag | undefined {
  const [stem = "", suffix, ...more] = tag.split(".");
  const kind = KINDS.find((known) => known === suffix);
  const subject = stem.replace("-", ":");
  if (kind === undefined || more.length > 0 || !isDigest(subject)) {
    return undefined;
  }
  return /^sha(256|512):/.test(subject) ? { subject, kind } : undefined;
}
