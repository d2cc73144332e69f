/** Tells for which platform a compiled program is, whatever its name says. */

/** What Go calls the processors, by their numbers in each format. */
const ELF_MACHINES: ReadonlyMap<number, string> = new Map([
  [0x3e, "amd64"],
  [0xb7, "arm64"],
]);
const MACH_O_CPUS: ReadonlyMap<number, string> = new Map([
  [0x0100_0007, "amd64"],
  [0x0100_000c, "arm64"],
]);
const PE_MACHINES: ReadonlyMap<number, string> = new Map([
  [0x8664, "amd64"],
  [0xaa64, "arm64"],
]);

/**
 * Returns a program's platform as `linux-amd64`, or `undefined` when the file
 * is no program of a platform that is known.
 */
export function platformOfProgram(bytes: Uint8Array): string | undefined {
  if (bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0, true);
  // "\x7fELF", e_machine
  if (magic === 0x464c_457f) {
    return platform("linux", ELF_MACHINES.get(view.getUint16(18, true)));
  }
  // MH_MAGIC_64, cputype
  if (magic === 0xfeed_facf) {
    return platform("darwin", MACH_O_CPUS.get(view.getUint32(4, true)));
  }
  // "MZ", e_lfanew, "PE\0\0", Machine
  if ((magic & 0xffff) !== 0x5a4d) return undefined;
  const start = view.getUint32(60, true);
  if (start + 6 > bytes.length || view.getUint32(start, true) !== 0x4550) {
    return undefined;
  }
  return platform("windows", PE_MACHINES.get(view.getUint16(start + 4, true)));
}

function platform(os: string, arch: string | undefined): string | undefined {
  return arch === undefined ? undefined : `${os}-${arch}`;
}
