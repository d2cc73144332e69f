import { strict as assert } from "node:assert";
import { normalizedName } from "../../src/layout/normalized_name.ts";

Deno.test("normalizedName() spells a name out as Docker does", () => {
  for (
    const [name, normalized] of [
      ["app:1", "docker.io/library/app:1"],
      ["cool/app:1", "docker.io/cool/app:1"],
      ["ghcr.io/cool/app:1", "ghcr.io/cool/app:1"],
      ["localhost:5000/app:1", "localhost:5000/app:1"],
    ] as const
  ) assert.equal(normalizedName(name), normalized);
});

Deno.test("normalizedName() has none for a tag, a digest and what is no name", () => {
  for (
    const name of ["1.2", "cool/app", `a@sha256:${"a".repeat(64)}`, "a/B:1", ""]
  ) assert.equal(normalizedName(name), undefined);
});
