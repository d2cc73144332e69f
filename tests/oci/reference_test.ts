import { strict as assert } from "node:assert";
import {
  formatReference,
  isRepository,
  isTag,
  parseReference,
  ReferenceSyntaxError,
} from "../../src/oci/reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

const ACCEPTED: readonly [string, Record<string, string>][] = [
  ["nginx", { repository: "nginx" }],
  ["nginx:1.2", { repository: "nginx", tag: "1.2" }],
  ["cool/image", { repository: "cool/image" }],
  ["cool/image:V1", { repository: "cool/image", tag: "V1" }],
  ["localhost/a:1", { domain: "localhost", repository: "a", tag: "1" }],
  ["localhost:5000/a", { domain: "localhost:5000", repository: "a" }],
  ["ghcr.io/a/b:c", { domain: "ghcr.io", repository: "a/b", tag: "c" }],
  ["Host/a", { domain: "Host", repository: "a" }],
  ["[::1]:5000/a", { domain: "[::1]:5000", repository: "a" }],
  ["a__b/c-d--e.f", { repository: "a__b/c-d--e.f" }],
  [`a@${DIGEST}`, { repository: "a", digest: DIGEST }],
  [`a:1@${DIGEST}`, { repository: "a", tag: "1", digest: DIGEST }],
  ["localhost", { repository: "localhost" }],
];

Deno.test("parseReference() takes a reference apart and adds nothing", () => {
  for (const [text, expected] of ACCEPTED) {
    assert.deepEqual(parseReference(text), expected, text);
  }
});

Deno.test("formatReference() writes what parseReference() read", () => {
  for (const [text] of ACCEPTED) {
    assert.equal(formatReference(parseReference(text)), text);
  }
});

Deno.test("parseReference() rejects what is not a reference", () => {
  const rejected = [
    "",
    ":1",
    "a:",
    "a:-x",
    `a:${"t".repeat(129)}`,
    "a//b",
    "/a",
    "a/",
    "-a",
    "a.",
    "a..b",
    "../a",
    "a b",
    "a@sha256:abc",
    `a@${DIGEST}@${DIGEST}`,
    "a%2fb",
    "a\n",
    `${"a/".repeat(128)}a`,
    "ho_st.x/a",
  ];
  for (const text of rejected) {
    assert.throws(() => parseReference(text), ReferenceSyntaxError, text);
  }
});

Deno.test("parseReference() rejects an upper-case repository and says so", () => {
  assert.throws(() => parseReference("cool/Image:1"), {
    message:
      'Cannot parse the reference "cool/Image:1": the repository must be lower-case',
  });
});

Deno.test("isRepository() and isTag() hold the grammar", () => {
  assert.equal(isRepository("a/b"), true);
  assert.equal(isRepository("a/B"), false);
  assert.equal(isTag("_x.1-2"), true);
  assert.equal(isTag(".x"), false);
});

Deno.test("parseReference() keeps a hostile text on one line of its message", () => {
  assert.throws(() => parseReference("a\nb\x1b[2J:1"), {
    name: "ReferenceSyntaxError",
    message:
      'Cannot parse the reference "a\\u000ab\\u001b[2J:1": "a\\u000ab\\u001b[2J" is not a repository name',
  });
});
