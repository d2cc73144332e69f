import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import { findSignatureTags } from "../../src/registry/signature_tags.ts";

const DIGEST = parseDigest(`sha256:${"a".repeat(64)}`);
const STEM = `sha256-${"a".repeat(64)}`;

/** A repository that has nothing but tags. */
function withTags(...tags: string[]) {
  async function* list() {
    for (const tag of tags) yield await Promise.resolve(tag);
  }
  return { tags: list };
}

Deno.test("findSignatureTags() finds what cosign keeps about a manifest", async () => {
  const repository = withTags(
    "1.2",
    STEM,
    `${STEM}.sig`,
    `${STEM}.att`,
    `${STEM}.sbom`,
    `${STEM}.other`,
    `sha256-${"b".repeat(64)}.sig`,
  );
  assert.deepEqual(await findSignatureTags(repository, [DIGEST]), [
    `${STEM}.sig`,
    `${STEM}.att`,
    `${STEM}.sbom`,
  ]);
});

Deno.test("findSignatureTags() finds nothing in a repository without tags", async () => {
  assert.deepEqual(await findSignatureTags(withTags(), [DIGEST]), []);
});
