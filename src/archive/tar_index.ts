import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";
import { FileWindow } from "./file_window.ts";
import {
  BLOCK_SIZE,
  decodeName,
  isZeroBlock,
  parsePaxRecords,
  parseTarHeader,
  type TarHeader,
} from "./tar_header.ts";
import type { TarMember } from "./tar_links.ts";
import { TarMembers } from "./tar_members.ts";
import { readTrailer, reportedAtEnd, startsReport } from "./tar_trailer.ts";

/** What the headers of a tar say. */
export interface TarIndex {
  /** The entries by normalised name, in the order of the tar. */
  readonly members: ReadonlyMap<string, TarMember>;
  /** What follows the end of the tar, zeros left out; mostly nothing. */
  readonly trailer: Uint8Array;
}

/** Of a pax header or a GNU long name; the limit of Go's archive/tar. */
const MAX_METADATA_SIZE = 1024 * 1024;

/**
 * Reads the headers of a tar, once, and seeks over the content.
 *
 * @param location the archive as the user named it, for messages
 * @throws {ArchiveError} when the file is no tar, is damaged or truncated, or
 *   holds names that lead out of it or mean two different things
 */
export async function indexTar(
  file: Deno.FsFile,
  location: string,
): Promise<TarIndex> {
  const { size } = await file.stat();
  return await new TarIndexer(new FileWindow(file, size), location).run();
}

/** What metadata entries say about the next entry. */
interface Pending {
  longName?: string;
  longLink?: string;
  pax?: ReadonlyMap<string, string>;
}

/** An entry with all that is known about it. */
interface Entry {
  readonly type: string;
  readonly name: string;
  readonly target: string;
  readonly attributes: ReadonlyMap<string, string>;
}

class TarIndexer {
  readonly #window: FileWindow;
  readonly #location: string;
  readonly #members: TarMembers;
  #global: ReadonlyMap<string, string> = new Map();
  #pending: Pending = {};

  constructor(window: FileWindow, location: string) {
    this.#window = window;
    this.#location = location;
    this.#members = new TarMembers(window, location);
  }

  async run(): Promise<TarIndex> {
    let offset = 0;
    while (true) {
      const block = await this.#window.read(offset, BLOCK_SIZE);
      const header = parseTarHeader(block);
      if (header === undefined) {
        await this.#checkEnd(block, offset);
        const trailer = await readTrailer(this.#window, offset);
        return { members: this.#members.all, trailer };
      }
      offset = isMetadata(header)
        ? await this.#readMetadata(header, offset + BLOCK_SIZE)
        : await this.#readEntry(header, offset + BLOCK_SIZE);
    }
  }

  /** The end is two zero blocks; one or none is accepted, as others do. */
  async #checkEnd(block: Uint8Array, offset: number): Promise<void> {
    if (block.length === 0 || startsReport(block)) return;
    if (block.length === BLOCK_SIZE && isZeroBlock(block)) {
      const next = await this.#window.read(offset + BLOCK_SIZE, BLOCK_SIZE);
      if (parseTarHeader(next) === undefined) return;
      throw this.#fault(
        `it goes on at byte ${offset + BLOCK_SIZE}, after its end`,
      );
    }
    if (offset === 0) throw this.#fault("it is not a tar archive");
    throw this.#fault(
      block.length < BLOCK_SIZE
        ? `it is truncated: it ends at byte ${this.#window.size}, inside a header`
        : `it is damaged: there is no header at byte ${offset}`,
    );
  }

  /** Takes the entry whose content starts at `offset`; returns its end. */
  async #readEntry(header: TarHeader, offset: number): Promise<number> {
    const entry = this.#complete(header);
    const size = this.#sizeOf(header, entry);
    const start = await this.#skipSparseMap(header, offset);
    await this.#checkInside(entry.name, start + size);
    await this.#members.add(entry.name, toMember(entry, start, size));
    return start + padded(size);
  }

  #complete(header: TarHeader): Entry {
    const { longName, longLink, pax } = this.#pending;
    this.#pending = {};
    const attributes = new Map([...this.#global, ...pax ?? []]);
    // An empty value takes an attribute back.
    const attribute = (key: string) => attributes.get(key) || undefined;
    const name = longName ?? attribute("GNU.sparse.name") ??
      attribute("path") ?? header.name;
    const target = longLink ?? attribute("linkpath") ?? header.linkname;
    // Tars older than POSIX mark a directory by its name alone.
    const type = header.type === "0" && name.endsWith("/") ? "5" : header.type;
    return { type, name, target, attributes };
  }

  /** Takes what applies to the next entry, or to all that follow. */
  async #readMetadata(header: TarHeader, offset: number): Promise<number> {
    const size = header.size ?? Infinity;
    if (size > MAX_METADATA_SIZE) {
      throw this.#fault(
        `the metadata at byte ${offset} has ${size} bytes, at most ${MAX_METADATA_SIZE} are read`,
      );
    }
    await this.#checkInside(header.name, offset + size);
    const bytes = await this.#window.read(offset, size);
    if (header.type === "L") this.#pending.longName = untilNul(bytes);
    if (header.type === "K") this.#pending.longLink = untilNul(bytes);
    if (header.type === "x") this.#pending.pax = this.#pax(bytes, offset);
    if (header.type === "g") {
      this.#global = new Map([...this.#global, ...this.#pax(bytes, offset)]);
    }
    return offset + padded(size);
  }

  #pax(bytes: Uint8Array, offset: number): ReadonlyMap<string, string> {
    const records = parsePaxRecords(bytes);
    if (records !== undefined) return records;
    throw this.#fault(`it is damaged: malformed pax header at byte ${offset}`);
  }

  #sizeOf(header: TarHeader, entry: Entry): number {
    // Links, devices and directories have no content whatever the field says,
    // as for Go's archive/tar, which Docker and containerd read with.
    if (/[1-6]/.test(header.type)) return 0;
    const text = entry.attributes.get("size") || undefined;
    const size = text === undefined ? header.size : parseDecimal(text);
    if (size !== undefined) return size;
    throw this.#fault("it is damaged: its size is malformed", entry.name);
  }

  /** GNU's old sparse format puts the rest of a long map after the header. */
  async #skipSparseMap(header: TarHeader, offset: number): Promise<number> {
    let position = offset;
    let more = header.type === "S" && header.sparseContinues;
    while (more) {
      const block = await this.#window.read(position, BLOCK_SIZE);
      more = (block[504] ?? 0) !== 0;
      position += BLOCK_SIZE;
    }
    return position;
  }

  async #checkInside(name: string, end: number): Promise<void> {
    const { size } = this.#window;
    if (end <= size) return;
    const report = await reportedAtEnd(this.#window);
    throw this.#fault(
      `the archive is truncated: it has ${size} bytes, and this entry ends at byte ${end}` +
        (report === undefined ? "" : `; the engine reported ${quote(report)}`),
      name,
    );
  }

  #fault(reason: string, entry?: string): ArchiveError {
    return new ArchiveError(this.#location, reason, {
      ...entry !== undefined && { entry },
    });
  }
}

function toMember(entry: Entry, offset: number, size: number): TarMember {
  const { type, target, attributes } = entry;
  if (type === "S" || [...attributes.keys()].some(isSparseKey)) {
    return { kind: "sparse" };
  }
  if (type === "0" || type === "7") return { kind: "file", offset, size };
  if (type === "1") return { kind: "hardlink", target };
  if (type === "2") return { kind: "symlink", target };
  return { kind: type === "5" ? "directory" : "other" };
}

/** @see https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html */
function isSparseKey(key: string): boolean {
  return key.startsWith("GNU.sparse.");
}

function isMetadata(header: TarHeader): boolean {
  return ["x", "g", "L", "K"].includes(header.type);
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeName(end === -1 ? bytes : bytes.subarray(0, end));
}

function parseDecimal(text: string): number | undefined {
  const value = Number(text);
  return /^[0-9]+$/.test(text) && Number.isSafeInteger(value)
    ? value
    : undefined;
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}
