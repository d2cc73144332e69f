import { dirname, join } from "node:path/posix";
import { readAt } from "../content/file_access.ts";
import { ElfError, type ElfFile, readElf } from "./elf_file.ts";
import { resolveBelow } from "./rooted_path.ts";

/** A file that a program needs. */
export interface LinkedFile {
  /** Where the loader looks for it. */
  readonly path: string;
  /** Where it is on this host. */
  readonly source: string;
}

/** What a program needs to run. */
export interface LinkedProgram {
  /** The machine that it is for, as container images call it. */
  readonly architecture: string;
  /** Its loader and its libraries; none for a static program. */
  readonly files: readonly LinkedFile[];
}

/** A library that is not where the loader looks for it. */
export class MissingLibraryError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "MissingLibraryError";

  /**
   * Makes the error for a library.
   *
   * @param user the file that needs it
   * @param sysroot the folder that it was looked for in
   */
  constructor(library: string, user: string, sysroot: string) {
    super(
      `Cannot find the library "${library}" below "${sysroot}": "${user}" needs it`,
    );
  }
}

/** Folders of libraries by machine: Debian has them by its name. */
const TRIPLETS: Readonly<Record<string, string>> = {
  amd64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
  riscv64: "riscv64-linux-gnu",
};

/**
 * Finds what a program is linked with: its loader, its libraries, and theirs.
 *
 * @param program its file on this host
 * @param sysroot the folder of this host that holds its system
 * @throws {ElfError} when it is no program for Linux
 * @throws {MissingLibraryError} when a library is not there
 */
export async function findLinkedFiles(
  program: string,
  sysroot: string,
): Promise<LinkedProgram> {
  const elf = await readElfAt(program);
  const found = new Map<string, LinkedFile>();
  const system = { sysroot, architecture: elf.architecture };
  if (elf.interpreter !== undefined) {
    const file = await locate(elf.interpreter, system);
    if (file === undefined) {
      throw new MissingLibraryError(elf.interpreter, program, sysroot);
    }
    found.set(nameOf(elf.interpreter), file);
  }
  const waiting = [{ path: "/k8scr", source: program, elf }];
  for (let user = waiting.pop(); user !== undefined; user = waiting.pop()) {
    for (const needed of user.elf.needed) {
      if (found.has(nameOf(needed))) continue;
      const file = await search(needed, user, system);
      if (file === undefined) {
        throw new MissingLibraryError(needed, user.source, sysroot);
      }
      found.set(nameOf(needed), file);
      waiting.push({ ...file, elf: await readElfAt(file.source) });
    }
  }
  const files = [...found.values()]
    .toSorted((a, b) => a.path < b.path ? -1 : 1);
  return { architecture: elf.architecture, files };
}

interface LinkedSystem {
  readonly sysroot: string;
  readonly architecture: string;
}

/** Looks where the loader of glibc does. */
async function search(
  needed: string,
  user: LinkedFile & { readonly elf: ElfFile },
  system: LinkedSystem,
): Promise<LinkedFile | undefined> {
  if (needed.includes("/")) return await locate(needed, system);
  const origin = dirname(user.path);
  const own = user.elf.searchPath.map((folder) =>
    folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, origin)
  );
  const triplet = TRIPLETS[system.architecture] ?? "";
  const usual = [`lib/${triplet}`, "lib64", "lib"]
    .flatMap((folder) => [`/${folder}`, `/usr/${folder}`]);
  for (const folder of [...own, ...usual]) {
    const file = await locate(join(folder, needed), system);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** A library for another machine is passed over, as the loader does. */
async function locate(
  path: string,
  { sysroot, architecture }: LinkedSystem,
): Promise<LinkedFile | undefined> {
  const source = await resolveBelow(sysroot, path);
  if (source === undefined) return undefined;
  try {
    const elf = await readElfAt(source);
    return elf.architecture === architecture ? { path, source } : undefined;
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

async function readElfAt(path: string): Promise<ElfFile> {
  using file = await Deno.open(path);
  return await readElf({
    path,
    read: (offset, length) => readAt(file, offset, length),
  });
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}
