import { strict as assert } from "node:assert";
import { namesText, tagsJson, tagsText } from "../../src/cli/list_report.ts";
import type { ListedTag } from "../../src/cli/list_tags.ts";
import { parseDigest } from "../../src/oci/digest.ts";

const DIGEST = parseDigest(`sha256:${"a".repeat(64)}`);

const TAGS: readonly ListedTag[] = [
  {
    tag: "1",
    content: {
      digest: DIGEST,
      mediaType: "a/b",
      size: 12_300_000,
      created: "2024-01-02T03:04:05Z",
      platforms: ["linux/amd64", "linux/arm64"],
      missing: [DIGEST],
    },
  },
  {
    tag: "chart",
    content: {
      digest: DIGEST,
      mediaType: "a/b",
      size: 7,
      platforms: [],
      artifactType: "application/x-chart",
      missing: [],
    },
  },
  {
    tag: "sha256-b",
    content: {
      digest: DIGEST,
      mediaType: "a/b",
      size: 7,
      platforms: [],
      artifactType: "a/b",
      about: { subject: `sha256:${"b".repeat(64)}`, kind: "referrers" },
      missing: [],
    },
  },
  { tag: "broken", fault: "Cannot read it: \x1b[31mno\nJSON" },
];

Deno.test("tagsText() aligns a table", () => {
  assert.equal(
    tagsText(TAGS),
    `TAG       DIGEST               SIZE     CREATED            PLATFORMS
1         sha256:aaaaaaaaaaaa  12.3 MB  2024-01-02 03:04Z  linux/amd64, linux/arm64 (1 more absent)
chart     sha256:aaaaaaaaaaaa  7 B      -                  application/x-chart
sha256-b  sha256:aaaaaaaaaaaa  7 B      -                  referrers of sha256:bbbbbbbbbbbb
broken    -                    -        -                  Cannot read it: [31mno JSON
`,
  );
});

Deno.test("tagsJson() has an error in the place of content", () => {
  const { repository, tags } = JSON.parse(tagsJson("app", TAGS));
  assert.equal(repository, "app");
  assert.equal(tags[0].digest, DIGEST);
  assert.deepEqual(tags[3], {
    tag: "broken",
    error: "Cannot read it: \x1b[31mno\nJSON",
  });
});

Deno.test("namesText() writes a name a line", () => {
  assert.equal(namesText(["a", "b\x1b[2J"]), "a\nb [2J\n");
  assert.equal(namesText([]), "");
});
