import { strict as assert } from "node:assert";
import project from "../../deno.json" with { type: "json" };
import { openOciArchive } from "../../src/archive/oci_archive.ts";
import { openTar } from "../../src/archive/tar_archive.ts";
import { parseImageManifest } from "../../src/oci/manifest.ts";
import { makeElf } from "../cluster_parts/elf_builder.ts";
import { readText, type TempDir, tempDir } from "../support/temp_dir.ts";
import { type CommandRun, runCommandLine } from "./command_run.ts";

/** A program with one library, below a folder that stands for its system. */
async function makeSystem(): Promise<TempDir> {
  const folder = await tempDir();
  await Deno.mkdir(folder.file("lib"));
  const library = makeElf({ machine: 183 });
  await folder.write("lib/libc.so.6", library);
  await folder.write(
    "k8scr-arm64",
    makeElf({ machine: 183, needed: ["libc.so.6"] }),
  );
  return folder;
}

function makeImage(folder: TempDir, output: string): Promise<CommandRun> {
  return runCommandLine([
    ...["registry", "image", "--output", output],
    ...["--binary", folder.file("k8scr-arm64"), "--sysroot", folder.path],
  ]);
}

Deno.test("registry image writes an image for the machine of the program", async () => {
  await using folder = await makeSystem();
  const output = folder.file("image.tar");
  const { code, stdout, stderr } = await makeImage(folder, output);
  assert.equal(code, 0, stderr);
  const name = `k8scr.local/k8scr:${project.version}`;
  const source = await openOciArchive(await openTar(output));
  try {
    const [image] = await source.images();
    assert.ok(image);
    assert.ok(image.names.includes(name));
    const { root } = image;
    assert.ok("digest" in root);
    const { digest } = root;
    assert.equal(stdout, `${name}@${digest}\n`);
    const manifest = parseImageManifest(
      new TextEncoder().encode(await readText(await source.open(root))),
      "the manifest",
    );
    const config = JSON.parse(
      await readText(await source.open(manifest.config)),
    );
    assert.equal(config.architecture, "arm64");
    assert.deepEqual(config.rootfs.diff_ids, [manifest.layers[0]?.digest]);
  } finally {
    await source.close();
  }
});

Deno.test("registry image writes the same bytes for the same files", async () => {
  await using folder = await makeSystem();
  const [first, second] = [folder.file("1.tar"), folder.file("2.tar")];
  await makeImage(folder, first);
  await Deno.utime(folder.file("k8scr-arm64"), 1, 1);
  await makeImage(folder, second);
  assert.deepEqual(await Deno.readFile(first), await Deno.readFile(second));
  assert.deepEqual(folder.names(), ["1.tar", "2.tar", "k8scr-arm64", "lib"]);
});

Deno.test("registry image writes to the standard output, and its name beside it", async () => {
  await using folder = await makeSystem();
  const { code, stdout, stderr } = await makeImage(folder, "-");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^blobs\/sha256\//);
  assert.match(stderr, /^k8scr\.local\/k8scr:\S+@sha256:[0-9a-f]{64}\n$/);
});

Deno.test("registry image leaves nothing where a library is missing", async () => {
  await using folder = await makeSystem();
  await Deno.remove(folder.file("lib/libc.so.6"));
  const { code, stderr } = await makeImage(folder, folder.file("image.tar"));
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: Cannot find the library "libc\.so\.6" below .*\n.*--sysroot\n$/,
  );
  assert.deepEqual(folder.names(), ["k8scr-arm64", "lib"]);
});

Deno.test("registry image takes no program for another system", async () => {
  await using folder = await makeSystem();
  await folder.write("k8scr-arm64", new TextEncoder().encode("MZ".repeat(99)));
  const { code, stderr } = await makeImage(folder, folder.file("image.tar"));
  assert.equal(code, 2);
  assert.match(
    stderr,
    /it is no program for Linux \(no ELF file\)\nName a k8scr that was made for Linux: --binary\n$/,
  );
});
