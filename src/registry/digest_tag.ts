import { parseSignatureTag, type SignatureKind } from "../oci/signature_tag.ts";

/** A tag that is made of a digest: what it leads to is about that manifest. */
export interface DigestTag {
  /** The manifest's digest; of SHA-512 perhaps only the first 64 characters. */
  readonly subject: string;
  /** What the tag leads to. */
  readonly kind: "referrers" | "signature" | "attestation" | "SBOM";
}

const REFERRERS_TAG = /^(sha256-[0-9a-f]{64}|sha512-(?:[0-9a-f]{64}){1,2})$/;

const KINDS: Readonly<Record<SignatureKind, DigestTag["kind"]>> = {
  sig: "signature",
  att: "attestation",
  sbom: "SBOM",
};

/**
 * Takes a tag apart that is no name of an image: `sha256-HEX` for the list of a
 * manifest's referrers in a registry without the API for it, or one of cosign's
 * older scheme.
 *
 * @returns `undefined` for all other tags
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function parseDigestTag(tag: string): DigestTag | undefined {
  const signature = parseSignatureTag(tag);
  if (signature !== undefined) {
    return { subject: signature.subject, kind: KINDS[signature.kind] };
  }
  const [, stem] = REFERRERS_TAG.exec(tag) ?? [];
  return stem === undefined
    ? undefined
    : { subject: stem.replace("-", ":"), kind: "referrers" };
}
