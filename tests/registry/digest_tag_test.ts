import { strict as assert } from "node:assert";
import { parseDigestTag } from "../../src/registry/digest_tag.ts";

const HEX = "0123456789abcdef".repeat(4);

Deno.test("parseDigestTag() tells what a tag of a digest leads to", () => {
  const subject = `sha256:${HEX}`;
  assert.deepEqual(
    ["", ".sig", ".att", ".sbom"].map((end) =>
      parseDigestTag(`sha256-${HEX}${end}`)
    ),
    [
      { subject, kind: "referrers" },
      { subject, kind: "signature" },
      { subject, kind: "attestation" },
      { subject, kind: "SBOM" },
    ],
  );
});

Deno.test("parseDigestTag() knows SHA-512 whole, and cut as the spec cuts it", () => {
  assert.deepEqual(
    [HEX, HEX + HEX].map((hex) => parseDigestTag(`sha512-${hex}`)?.subject),
    [`sha512:${HEX}`, `sha512:${HEX}${HEX}`],
  );
});

Deno.test("parseDigestTag() leaves all other tags alone", () => {
  for (
    const tag of [
      "1.2",
      "sha256-",
      `sha256-${HEX.slice(1)}`,
      `sha256-${HEX}0`,
      `sha256-${HEX.toUpperCase()}`,
      `sha256-${HEX}.other`,
      `v-sha256-${HEX}`,
    ]
  ) assert.equal(parseDigestTag(tag), undefined, tag);
});
