import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import {
  parseSignatureTag,
  signatureTag,
  signatureTags,
} from "../../src/oci/signature_tag.ts";

const SUBJECT = parseDigest(`sha256:${"a".repeat(64)}`);
const STEM = `sha256-${"a".repeat(64)}`;

Deno.test("signatureTag() makes the tag of a digest", () => {
  assert.equal(signatureTag({ subject: SUBJECT, kind: "sig" }), `${STEM}.sig`);
  assert.deepEqual(signatureTags(SUBJECT), [
    `${STEM}.sig`,
    `${STEM}.att`,
    `${STEM}.sbom`,
  ]);
});

Deno.test("parseSignatureTag() reads what signatureTag() makes", () => {
  for (const kind of ["sig", "att", "sbom"] as const) {
    assert.deepEqual(parseSignatureTag(`${STEM}.${kind}`), {
      subject: SUBJECT,
      kind,
    });
  }
});

Deno.test("parseSignatureTag() knows other tags from these", () => {
  for (
    const tag of [
      "",
      "1.2",
      "latest.sig",
      STEM,
      `${STEM}.other`,
      `${STEM}.sig.old`,
      `sha256-${"A".repeat(64)}.sig`,
      `sha256-${"a".repeat(63)}.sig`,
      `md5-${"a".repeat(32)}.sig`,
      `v1.${STEM}.sig`,
    ]
  ) assert.equal(parseSignatureTag(tag), undefined, tag);
});
