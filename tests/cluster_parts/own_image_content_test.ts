import { strict as assert } from "node:assert";
import {
  ownImageConfig,
  ownImageEntries,
} from "../../src/cluster/own_image_content.ts";
import { digestOf } from "../../src/oci/digest.ts";

const LINKED = {
  architecture: "arm64",
  files: [
    { path: "/lib/aarch64-linux-gnu/libc.so.6", source: "/root/libc" },
    { path: "/lib/ld-linux-aarch64.so.1", source: "/root/ld" },
  ],
};

Deno.test("ownImageEntries() are the program, what it needs, and two folders to write to", () => {
  const entries = ownImageEntries("/build/k8scr", LINKED);
  assert.deepEqual(entries, [
    { name: "data", mode: 0o755, owner: 65532 },
    { name: "tmp", mode: 0o1777, owner: 0 },
    { name: "lib", mode: 0o755, owner: 0 },
    { name: "lib/aarch64-linux-gnu", mode: 0o755, owner: 0 },
    {
      name: "lib/aarch64-linux-gnu/libc.so.6",
      mode: 0o755,
      owner: 0,
      source: "/root/libc",
    },
    {
      name: "lib/ld-linux-aarch64.so.1",
      mode: 0o755,
      owner: 0,
      source: "/root/ld",
    },
    { name: "k8scr", mode: 0o755, owner: 0, source: "/build/k8scr" },
  ]);
});

Deno.test("ownImageConfig() runs the registry as a user by number", () => {
  const layer = digestOf(new Uint8Array());
  const text = new TextDecoder().decode(ownImageConfig(LINKED, layer));
  const { architecture, os, config, rootfs, created } = JSON.parse(text);
  assert.equal(architecture, "arm64");
  assert.equal(os, "linux");
  assert.equal(created, "1970-01-01T00:00:00Z");
  assert.deepEqual(rootfs, { type: "layers", diff_ids: [layer] });
  assert.equal(config.User, "65532:65532");
  assert.deepEqual(config.Entrypoint, ["/k8scr"]);
  assert.deepEqual(config.Cmd.slice(0, 2), ["serve", "--listen=:5000"]);
  assert.deepEqual(config.Env, [
    "LD_LIBRARY_PATH=/lib/aarch64-linux-gnu:/lib",
  ]);
});
