import { strict as assert } from "node:assert";
import { ElfError, type ElfFile, readElf } from "../../src/cluster/elf_file.ts";
import { makeElf } from "./elf_builder.ts";

function read(bytes: Uint8Array): Promise<ElfFile> {
  return readElf({
    path: "/bin/tool",
    read: (offset, length) =>
      Promise.resolve(bytes.slice(offset, offset + length)),
  });
}

Deno.test("readElf() reads what a program needs", async () => {
  const bytes = makeElf({
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    needed: ["libdl.so.2", "libc.so.6"],
    runPath: "$ORIGIN/../lib:/opt/lib",
    rPath: "/ignored",
  });
  assert.deepEqual(await read(bytes), {
    architecture: "amd64",
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    needed: ["libdl.so.2", "libc.so.6"],
    searchPath: ["$ORIGIN/../lib", "/opt/lib"],
  });
});

Deno.test("readElf() reads a library, and the older search path", async () => {
  assert.deepEqual(await read(makeElf({ machine: 183, rPath: "/old" })), {
    architecture: "arm64",
    needed: [],
    searchPath: ["/old"],
  });
});

Deno.test("readElf() refuses what is no ELF file for a known machine", async () => {
  const texts = new TextEncoder().encode("#!/bin/sh\n".repeat(20));
  await assert.rejects(
    read(texts),
    /Cannot use "\/bin\/tool": it is no program for Linux/,
  );
  await assert.rejects(read(new Uint8Array(10)), /it is no program for Linux/);
  await assert.rejects(
    read(makeElf({ machine: 8 })),
    /it is for a machine that is not known \(ELF 8\)/,
  );
});

Deno.test("readElf() notices a file that is cut off anywhere", async () => {
  const whole = makeElf({ interpreter: "/ld.so", needed: ["libc.so.6"] });
  for (let length = 0; length < whole.length; length += 7) {
    await assert.rejects(
      read(whole.subarray(0, length)),
      ElfError,
      `${length}`,
    );
  }
});

Deno.test("readElf() follows no table out of the file", async () => {
  const bytes = makeElf({ needed: ["libc.so.6"] });
  const view = new DataView(bytes.buffer);
  view.setBigUint64(32, 2n ** 60n, true);
  await assert.rejects(read(bytes), /its ELF headers are damaged/);
});
