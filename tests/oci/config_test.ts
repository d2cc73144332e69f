import { strict as assert } from "node:assert";
import { parseImageConfig } from "../../src/oci/config.ts";

const A = `sha256:${"a".repeat(64)}`;

function parse(value: unknown) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return parseImageConfig(bytes, "the config");
}

Deno.test("parseImageConfig() reads platform, time and diffIDs", () => {
  assert.deepEqual(
    parse({
      os: "linux",
      architecture: "arm",
      variant: "v7",
      created: "2026-01-02T03:04:05Z",
      rootfs: { type: "layers", diff_ids: [A] },
      history: [{ empty_layer: true }],
    }),
    {
      platform: { os: "linux", architecture: "arm", variant: "v7" },
      created: "2026-01-02T03:04:05Z",
      diffIds: [A],
    },
  );
});

Deno.test("parseImageConfig() refuses a config without rootfs or with a false diffID", () => {
  assert.throws(() => parse({}), {
    message: "Cannot read the config: rootfs is missing",
  });
  assert.throws(() => parse({ rootfs: { diff_ids: ["sha256:x"] } }), {
    message:
      'Cannot read the config: rootfs.diff_ids[0] is not a digest: "sha256:x"',
  });
});
