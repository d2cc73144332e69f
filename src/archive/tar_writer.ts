import { BLOCK_SIZE } from "./tar_header.ts";

/** Who owns an entry of a tar, and what may be done with it. */
export interface TarAttributes {
  /**
   * Permission bits.
   *
   * @default {0o644} for files, `0o755` for directories, `0o777` for symlinks
   */
  readonly mode?: number;
  /**
   * Seconds since 1970.
   *
   * @default {0} so that the same content gives the same tar
   */
  readonly mtime?: number;
  /** Number of the user. Default 0. */
  readonly uid?: number;
  /** Number of the group. Default 0. */
  readonly gid?: number;
}

/** An entry of a tar, without its content. */
export type TarMemberHead =
  & TarAttributes
  & { readonly name: string }
  & (
    | {
      readonly type: "file";
      /** Number of bytes that follow the header. */
      readonly size: number;
    }
    | { readonly type: "directory" }
    | {
      readonly type: "symlink" | "hardlink";
      /** Where it leads; a hard link names an entry from the tar's root. */
      readonly target: string;
    }
  );

const TYPE_FLAGS = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  directory: "5",
} as const;

const DEFAULT_MODES = {
  file: 0o644,
  hardlink: 0o644,
  symlink: 0o777,
  directory: 0o755,
} as const;

/** Bytes of the fields for a name and for the target of a link. */
const NAME_BYTES = 100;

const ENCODER = new TextEncoder();

/**
 * Writes the blocks in front of an entry's content: a POSIX ustar header and,
 * before it, a pax extended header for what does not fit there (long or
 * non-ASCII names, sizes from 8 GiB on). Equal entries give equal bytes.
 *
 * The content of a file follows, then {@linkcode tarPadding}; after the last
 * entry comes {@linkcode tarEnd}.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_01
 */
export function tarHeader(head: TarMemberHead): Uint8Array<ArrayBuffer> {
  const name = nameOf(head);
  const target = "target" in head ? head.target : "";
  const size = head.type === "file" ? head.size : 0;
  const header = new HeaderBlock(TYPE_FLAGS[head.type]);
  header.text("path", { offset: 0, value: name });
  header.number("mode", {
    offset: 100,
    digits: 7,
    value: head.mode ?? DEFAULT_MODES[head.type],
  });
  header.number("uid", { offset: 108, digits: 7, value: head.uid ?? 0 });
  header.number("gid", { offset: 116, digits: 7, value: head.gid ?? 0 });
  header.number("size", { offset: 124, digits: 11, value: size });
  header.number("mtime", { offset: 136, digits: 11, value: head.mtime ?? 0 });
  header.text("linkpath", { offset: 157, value: target });
  return header.bytes();
}

/** Returns the zeros that fill the last block of a content. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE);
}

/** Returns the two zero blocks at the end of a tar. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * BLOCK_SIZE);
}

/** Tools know a directory by the slash as well as by its type. */
function nameOf({ type, name }: TarMemberHead): string {
  return type === "directory" && !name.endsWith("/") ? `${name}/` : name;
}

/** A header that is being filled, and what does not fit into it. */
class HeaderBlock {
  readonly #block = new Uint8Array(BLOCK_SIZE);
  readonly #records: string[] = [];

  constructor(typeFlag: string) {
    this.#put(156, typeFlag);
    this.#put(257, "ustar\0" + "00");
  }

  text(
    key: "path" | "linkpath",
    { offset, value }: { readonly offset: number; readonly value: string },
  ): void {
    const bytes = ENCODER.encode(value);
    // deno-lint-ignore no-control-regex
    const fits = bytes.length <= NAME_BYTES && /^[\x00-\x7f]*$/.test(value);
    if (!fits) this.#records.push(paxRecord(key, value));
    this.#block.set(bytes.subarray(0, NAME_BYTES), offset);
  }

  number(
    key: "mode" | "uid" | "gid" | "size" | "mtime",
    field: {
      readonly offset: number;
      readonly digits: number;
      readonly value: number;
    },
  ): void {
    const { offset, digits, value } = field;
    const fits = value >= 0 && value < 8 ** digits;
    if (!fits) this.#records.push(paxRecord(key, String(value)));
    const octal = (fits ? value : 0).toString(8).padStart(digits, "0");
    this.#put(offset, `${octal}\0`);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    this.#sum();
    if (this.#records.length === 0) return this.#block;
    const records = ENCODER.encode(this.#records.join(""));
    const extended = new HeaderBlock("x");
    extended.text("path", { offset: 0, value: "PaxHeaders/entry" });
    extended.number("mode", { offset: 100, digits: 7, value: 0o644 });
    extended.number("size", {
      offset: 124,
      digits: 11,
      value: records.length,
    });
    return concat(
      extended.bytes(),
      records,
      tarPadding(records.length),
      this.#block,
    );
  }

  /** The sum counts its own field as spaces. */
  #sum(): void {
    this.#put(148, " ".repeat(8));
    const sum = this.#block.reduce((total, byte) => total + byte, 0);
    this.#put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  }

  #put(offset: number, text: string): void {
    this.#block.set(ENCODER.encode(text), offset);
  }
}

/** The length of a pax record counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ENCODER.encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (length !== rest + String(length).length) {
    length = rest + String(length).length;
  }
  return `${length} ${key}=${value}\n`;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
