import { strict as assert } from "node:assert";
import { resolveBelow } from "../../src/cluster/rooted_path.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("resolveBelow() follows links inside the root", async () => {
  await using root = await tempDir();
  await Deno.mkdir(root.file("usr/lib"), { recursive: true });
  await Deno.writeTextFile(root.file("usr/lib/libc.so.6"), "");
  await Deno.symlink("usr/lib", root.file("lib"));
  await Deno.symlink("/lib", root.file("lib64"));
  await Deno.symlink("libc.so.6", root.file("usr/lib/libc.so"));
  const target = root.file("usr/lib/libc.so.6");
  for (const path of ["/lib/libc.so.6", "/lib64/libc.so", "lib/./libc.so"]) {
    assert.equal(await resolveBelow(root.path, path), target, path);
  }
});

Deno.test("resolveBelow() does not leave the root", async () => {
  await using root = await tempDir();
  await Deno.mkdir(root.file("etc"));
  await Deno.writeTextFile(root.file("etc/passwd"), "");
  await Deno.symlink("../../../../etc/passwd", root.file("etc/out"));
  assert.equal(
    await resolveBelow(root.path, "/etc/out"),
    root.file("etc/passwd"),
  );
});

Deno.test("resolveBelow() finds nothing where nothing is", async () => {
  await using root = await tempDir();
  await Deno.writeTextFile(root.file("file"), "");
  await Deno.symlink("loop", root.file("loop"));
  assert.equal(await resolveBelow(root.path, "/lib/x"), undefined);
  assert.equal(await resolveBelow(root.path, "/file/x"), undefined);
  assert.equal(await resolveBelow(root.path, "/loop"), undefined);
});
