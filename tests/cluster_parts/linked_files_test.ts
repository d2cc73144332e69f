import { strict as assert } from "node:assert";
import { dirname } from "node:path";
import { ElfError } from "../../src/cluster/elf_file.ts";
import { findLinkedFiles } from "../../src/cluster/linked_files.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { type ElfScene, makeElf } from "./elf_builder.ts";

async function addElf(
  root: TempDir,
  path: string,
  scene: ElfScene = {},
): Promise<string> {
  const file = root.file(path);
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeFile(file, makeElf(scene));
  return file;
}

Deno.test("findLinkedFiles() finds the loader, the libraries, and theirs", async () => {
  await using root = await tempDir();
  const program = await addElf(root, "program", {
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    needed: ["liba.so.1", "libc.so.6"],
    runPath: "/opt/lib",
  });
  await addElf(root, "lib64/ld-linux-x86-64.so.2");
  await addElf(root, "opt/lib/liba.so.1", { needed: ["libb.so.1"] });
  await addElf(root, "usr/lib/x86_64-linux-gnu/libb.so.1", {
    needed: ["libc.so.6", "ld-linux-x86-64.so.2"],
  });
  await addElf(root, "lib/x86_64-linux-gnu/libc.so.6", {
    needed: ["liba.so.1"],
  });
  assert.deepEqual(await findLinkedFiles(program, root.path), {
    architecture: "amd64",
    files: [
      "/lib/x86_64-linux-gnu/libc.so.6",
      "/lib64/ld-linux-x86-64.so.2",
      "/opt/lib/liba.so.1",
      "/usr/lib/x86_64-linux-gnu/libb.so.1",
    ].map((path) => ({ path, source: root.file(path.slice(1)) })),
  });
});

Deno.test("findLinkedFiles() passes over a library for another machine", async () => {
  await using root = await tempDir();
  const machine = 183;
  const program = await addElf(root, "program", {
    machine,
    needed: ["libc.so"],
  });
  await addElf(root, "lib/aarch64-linux-gnu/libc.so", { machine: 62 });
  await Deno.mkdir(root.file("lib64"));
  await root.write("lib64/libc.so", new TextEncoder().encode("GROUP ( x )"));
  await addElf(root, "usr/lib/libc.so", { machine });
  const { architecture, files } = await findLinkedFiles(program, root.path);
  assert.equal(architecture, "arm64");
  assert.deepEqual(files.map(({ path }) => path), ["/usr/lib/libc.so"]);
});

Deno.test("findLinkedFiles() names the library that is not there", async () => {
  await using root = await tempDir();
  const program = await addElf(root, "program", { needed: ["libc.so.6"] });
  await assert.rejects(
    findLinkedFiles(program, root.path),
    {
      name: "MissingLibraryError",
      message: `Cannot find the library "libc.so.6" below "${root.path}": ` +
        `"${program}" needs it`,
    },
  );
});

Deno.test("findLinkedFiles() refuses what is no program", async () => {
  await using root = await tempDir();
  const script = await root.write("script", new TextEncoder().encode("#!"));
  await assert.rejects(findLinkedFiles(script, root.path), ElfError);
});
