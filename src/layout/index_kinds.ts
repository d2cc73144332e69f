import type { Descriptor } from "../oci/descriptor.ts";
import type { SignatureKind } from "../oci/signature_tag.ts";

/** Docker marks with it the referrers that it appends to `index.json`. */
export const REFERRER_SUBJECT = "io.containerd.manifest.subject";

/** What a descriptor of an `index.json` is, as far as the index says it. */
export type EntryKind = "image" | "referrer" | SignatureKind;

/** `cosign save` and hauler say with it what a descriptor is. */
const KIND = "kind";

/** The makers' prefixes; hauler wrote cosign's own before version 2. */
const MAKERS = /^dev\.(?:cosignproject\.cosign|hauler)\//;

const SIGNATURES: ReadonlyMap<string, SignatureKind> = new Map([
  ["sigs", "sig"],
  ["atts", "att"],
  ["sboms", "sbom"],
]);

/**
 * Tells images from what is about them. What names its subject and nothing
 * else is taken for an image: only its manifest tells.
 *
 * @see https://github.com/sigstore/cosign/blob/v3.0.2/pkg/oci/layout/write.go
 */
export function entryKind({ annotations = {} }: Descriptor): EntryKind {
  if (annotations[REFERRER_SUBJECT] !== undefined) return "referrer";
  const kind = annotations[KIND] ?? "";
  if (!MAKERS.test(kind)) return "image";
  const word = kind.replace(MAKERS, "");
  if (word.startsWith("referrers/")) return "referrer";
  return SIGNATURES.get(word) ?? "image";
}

/** Tells whether `cosign save` or hauler wrote a descriptor. */
export function hasMaker({ annotations = {} }: Descriptor): boolean {
  return MAKERS.test(annotations[KIND] ?? "");
}
