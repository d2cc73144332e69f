import { strict as assert } from "node:assert";
import { platformOfProgram } from "../../scripts/package_platform.ts";

/** A file of 256 bytes with some of them set. */
function file(parts: Record<number, readonly number[]>): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const [offset, part] of Object.entries(parts)) {
    bytes.set(part, Number(offset));
  }
  return bytes;
}

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const MACH_O = [0xcf, 0xfa, 0xed, 0xfe];
const PE = { 0: [0x4d, 0x5a], 60: [0x80], 128: [0x50, 0x45] };

Deno.test("platformOfProgram() knows the programs of all platforms", () => {
  for (
    const [parts, platform] of [
      [{ 0: ELF, 18: [0x3e] }, "linux-amd64"],
      [{ 0: ELF, 18: [0xb7] }, "linux-arm64"],
      [{ 0: MACH_O, 4: [0x07, 0, 0, 0x01] }, "darwin-amd64"],
      [{ 0: MACH_O, 4: [0x0c, 0, 0, 0x01] }, "darwin-arm64"],
      [{ ...PE, 132: [0x64, 0x86] }, "windows-amd64"],
    ] as const
  ) assert.equal(platformOfProgram(file(parts)), platform);
});

Deno.test("platformOfProgram() takes no other file for a program", () => {
  for (
    const parts of [
      { 0: [0x23, 0x21] },
      { 0: ELF, 18: [0x08] },
      { 0: [0x4d, 0x5a], 60: [0xff, 0xff, 0xff, 0xff] },
      { 0: [0x4d, 0x5a], 60: [0x80] },
    ]
  ) assert.equal(platformOfProgram(file(parts)), undefined);
  assert.equal(platformOfProgram(new Uint8Array(ELF)), undefined);
});
