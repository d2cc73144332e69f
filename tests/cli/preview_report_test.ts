import { strict as assert } from "node:assert";
import {
  type PreviewedPush,
  previewJson,
  previewText,
} from "../../src/cli/preview_report.ts";
import { parseDigest } from "../../src/oci/digest.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map((character) =>
  parseDigest(`sha256:${character.repeat(64)}`)
);

function pushOf(): PreviewedPush {
  if (!A || !B || !C || !D) throw new Error("A digest is missing");
  return {
    repository: "cool/app",
    tags: ["1", "2"],
    preview: {
      digest: D,
      parts: [
        { kind: "blob", digest: A, exact: true, size: 1000, state: "existing" },
        { kind: "layer", digest: B, exact: true, size: 20_000, state: "mount" },
        { kind: "layer", digest: C, exact: false, size: 3e8, state: "send" },
        { kind: "manifest", digest: D, exact: true, size: 500, state: "send" },
      ],
    },
  };
}

Deno.test("previewText() is a table with a sum", () => {
  assert.equal(
    previewText([pushOf()]),
    [
      `cool/app:1, cool/app:2  ${D}`,
      `  blob      1.0 kB   there already  ${A}`,
      `  layer     20.0 kB  to mount       ${B}`,
      `  layer     300 MB   to send        diffID ${C}`,
      `  manifest  500 B    to send        ${D}`,
      "",
      "Dry run: nothing was sent; a push would send at most 300 MB",
      "",
    ].join("\n"),
  );
});

Deno.test("previewText() says when the digest cannot be known", () => {
  const { preview, ...rest } = pushOf();
  const text = previewText([{ ...rest, preview: { parts: preview.parts } }]);
  assert.match(
    text,
    /^cool\/app:1, cool\/app:2 {2}the digest is known only after compression\n/,
  );
});

Deno.test("previewJson() is one document", () => {
  const document = JSON.parse(previewJson([pushOf()]));
  assert.equal(document.dryRun, true);
  assert.equal(document.bytesToSend, 300_000_500);
  const [image] = document.images;
  assert.equal(image.name, "cool/app");
  assert.equal(image.digest, D);
  assert.deepEqual(image.parts[2], {
    kind: "layer",
    diffId: C,
    size: 300_000_000,
    state: "send",
  });
});
