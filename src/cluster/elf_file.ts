/** What a Linux program or library says of itself. */
export interface ElfFile {
  /** The machine that it is for, as container images call it. */
  readonly architecture: string;
  /** Path of the loader; absent in libraries and static programs. */
  readonly interpreter?: string;
  /** Libraries that it needs: names, or paths where there is a slash. */
  readonly needed: readonly string[];
  /** Folders where they are looked for first; `$ORIGIN` is the file's own. */
  readonly searchPath: readonly string[];
}

/** A file that may be an ELF file. */
export interface ElfInput {
  /** Its path, for messages. */
  readonly path: string;
  /** Reads bytes; fewer at the end. */
  readonly read: (
    offset: number,
    length: number,
  ) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A file that is no ELF file for a known machine. */
export class ElfError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ElfError";
  /** Makes the error for a file. */
  constructor(path: string, reason: string) {
    super(`Cannot use "${path}": ${reason}`);
  }
}

/** Machines by the number that ELF has for them. */
const ARCHITECTURES: ReadonlyMap<number, string> = new Map([
  [62, "amd64"],
  [183, "arm64"],
  [243, "riscv64"],
]);

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const DYNAMIC_ENTRY_SIZE = 16;

/** Types of segments. */
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;

/** Tags of the dynamic section. */
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

const NO_ELF = "it is no program for Linux (no ELF file)";
const DAMAGED = "its ELF headers are damaged";

/** Tables of a real file are far smaller, in bytes. */
const MAX_TABLE = 16 * 1024 * 1024;

/**
 * Reads what a 64-bit little-endian ELF file needs to be loaded.
 *
 * @throws {ElfError} when it is none, or damaged
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export function readElf(input: ElfInput): Promise<ElfFile> {
  return new ElfReader(input).file();
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

class ElfReader {
  readonly #input: ElfInput;

  constructor(input: ElfInput) {
    this.#input = input;
  }

  async file(): Promise<ElfFile> {
    const header = await this.#read(0, HEADER_SIZE);
    const architecture = this.#architecture(header);
    const segments = await this.#segments(header);
    const dynamic = await this.#dynamic(segments);
    const strings = await this.#strings(segments, dynamic);
    const texts = (tag: number) =>
      dynamic.filter((entry) => entry.tag === tag)
        .map(({ value }) => this.#text(strings, value));
    const runPath = texts(DT_RUNPATH);
    const searchPath = runPath.length > 0 ? runPath : texts(DT_RPATH);
    const interpreter = await this.#interpreter(segments);
    return {
      architecture,
      ...interpreter !== undefined && { interpreter },
      needed: texts(DT_NEEDED),
      searchPath: searchPath.flatMap((path) => path.split(":"))
        .filter((path) => path !== ""),
    };
  }

  #architecture(header: DataView<ArrayBuffer>): string {
    const isElf = header.getUint32(0) === 0x7f454c46;
    if (!isElf) throw this.#fault(NO_ELF);
    const is64Bit = header.getUint8(4) === 2;
    const isLittleEndian = header.getUint8(5) === 1;
    const machine = header.getUint16(18, true);
    const architecture = ARCHITECTURES.get(machine);
    if (is64Bit && isLittleEndian && architecture !== undefined) {
      return architecture;
    }
    throw this.#fault(`it is for a machine that is not known (ELF ${machine})`);
  }

  async #segments(header: DataView<ArrayBuffer>): Promise<readonly Segment[]> {
    const offset = this.#integer(header, 32);
    const size = header.getUint16(54, true);
    const count = header.getUint16(56, true);
    if (size < PROGRAM_HEADER_SIZE) throw this.#fault(DAMAGED);
    const table = await this.#read(offset, size * count);
    return Array.from({ length: count }, (_, index) => {
      const at = index * size;
      return {
        type: table.getUint32(at, true),
        offset: this.#integer(table, at + 8),
        address: this.#integer(table, at + 16),
        size: this.#integer(table, at + 32),
      };
    });
  }

  async #interpreter(
    segments: readonly Segment[],
  ): Promise<string | undefined> {
    const segment = segments.find(({ type }) => type === PT_INTERP);
    if (segment === undefined) return undefined;
    return this.#text(await this.#read(segment.offset, segment.size), 0);
  }

  async #dynamic(
    segments: readonly Segment[],
  ): Promise<readonly DynamicEntry[]> {
    const segment = segments.find(({ type }) => type === PT_DYNAMIC);
    if (segment === undefined) return [];
    const table = await this.#read(segment.offset, segment.size);
    const count = Math.floor(table.byteLength / DYNAMIC_ENTRY_SIZE);
    const entries = Array.from({ length: count }, (_, index) => ({
      tag: Number(table.getBigInt64(index * DYNAMIC_ENTRY_SIZE, true)),
      value: Number(table.getBigUint64(index * DYNAMIC_ENTRY_SIZE + 8, true)),
    }));
    const end = entries.findIndex(({ tag }) => tag === 0);
    return end === -1 ? entries : entries.slice(0, end);
  }

  /** The table of texts is given by where it will be in memory. */
  async #strings(
    segments: readonly Segment[],
    dynamic: readonly DynamicEntry[],
  ): Promise<DataView<ArrayBuffer>> {
    const address = dynamic.find(({ tag }) => tag === DT_STRTAB)?.value;
    const size = dynamic.find(({ tag }) => tag === DT_STRSZ)?.value;
    if (address === undefined || size === undefined) {
      return new DataView(new ArrayBuffer(0));
    }
    const segment = segments.find((item) =>
      item.type === PT_LOAD && address >= item.address &&
      address + size <= item.address + item.size
    );
    if (segment === undefined) throw this.#fault(DAMAGED);
    const offset = segment.offset + address - segment.address;
    return await this.#read(offset, size);
  }

  async #read(
    offset: number,
    length: number,
  ): Promise<DataView<ArrayBuffer>> {
    if (length > MAX_TABLE) throw this.#fault(DAMAGED);
    const bytes = await this.#input.read(offset, length);
    if (bytes.length < length) {
      throw this.#fault(offset === 0 ? NO_ELF : DAMAGED);
    }
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  #integer(view: DataView<ArrayBuffer>, offset: number): number {
    const value = Number(view.getBigUint64(offset, true));
    if (!Number.isSafeInteger(value)) throw this.#fault(DAMAGED);
    return value;
  }

  #text(view: DataView<ArrayBuffer>, offset: number): string {
    const { buffer, byteOffset, byteLength } = view;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const end = bytes.indexOf(0, offset);
    if (end === -1) throw this.#fault(DAMAGED);
    return new TextDecoder().decode(bytes.subarray(offset, end));
  }

  #fault(reason: string): ElfError {
    return new ElfError(this.#input.path, reason);
  }
}
