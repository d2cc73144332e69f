/** An entry of a tar that is built byte by byte, right or wrong on purpose. */
export interface TarItem {
  /** Name, written into the header's 100 bytes and never split. */
  readonly name: string;
  /** Type flag; default `0`, a regular file. */
  readonly type?: string;
  /** Content; default empty. */
  readonly data?: Uint8Array | string;
  /** Target of a link. */
  readonly linkname?: string;
  /** Directory before the name, as POSIX `ustar` has it. */
  readonly prefix?: string;
  /** Size that the header states; default the size of the content. */
  readonly size?: number;
  /** Writes the size in base 256, as GNU tar does from 8 GiB on. */
  readonly base256?: boolean;
  /** Kind of header; default `ustar`. `v7` has no magic at all. */
  readonly format?: "ustar" | "gnu" | "v7";
  /** How the checksum is summed; `wrong` is off by one. Default `unsigned`. */
  readonly checksum?: "unsigned" | "signed" | "wrong";
}

/** Options for {@linkcode buildTar}. */
export interface TarOptions {
  /** Number of zero blocks at the end; default 2. */
  readonly zeroBlocks?: number;
  /** Rounds the whole up to a multiple of this many bytes. */
  readonly padTo?: number;
  /** Bytes behind the end. */
  readonly trailing?: Uint8Array | string;
}

const BLOCK = 512;
const MAGIC = { ustar: "ustar\0" + "00", gnu: "ustar  \0", v7: "" };

/** Builds a tar. */
export function buildTar(
  items: readonly TarItem[],
  options: TarOptions = {},
): Uint8Array<ArrayBuffer> {
  const parts = items.flatMap((item) => {
    const data = toBytes(item.data ?? "");
    return [tarHeader(item), data, zeros(padding(data.length, BLOCK))];
  });
  parts.push(zeros((options.zeroBlocks ?? 2) * BLOCK));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (options.padTo !== undefined) {
    parts.push(zeros(padding(length, options.padTo)));
  }
  return concatBytes([...parts, toBytes(options.trailing ?? "")]);
}

/** Builds the header block of an entry. */
export function tarHeader(item: TarItem): Uint8Array<ArrayBuffer> {
  const block = zeros(BLOCK);
  const put = (offset: number, text: string) =>
    block.set(toBytes(text), offset);
  put(0, item.name);
  put(100, "0000644\0" + "0000000\0" + "0000000\0");
  const size = item.size ?? toBytes(item.data ?? "").length;
  if (item.base256) {
    block[124] = 0x80;
    new DataView(block.buffer).setBigUint64(128, BigInt(size));
  } else {
    put(124, size.toString(8).padStart(11, "0") + "\0");
  }
  put(136, "00000000000\0" + "        " + (item.type ?? "0"));
  put(157, item.linkname ?? "");
  put(257, MAGIC[item.format ?? "ustar"]);
  put(345, item.prefix ?? "");
  put(148, checksum(block, item).toString(8).padStart(6, "0") + "\0 ");
  return block;
}

/** Builds a pax extended header; type `g` applies to all that follow. */
export function paxHeader(
  records: Readonly<Record<string, string>>,
  type: "x" | "g" = "x",
): TarItem {
  const text = Object.entries(records).map(([key, value]) =>
    paxRecord(key, value)
  ).join("");
  return { name: "PaxHeaders/entry", type, data: text };
}

/** Builds GNU's entry for a long name (`L`) or a long link target (`K`). */
export function gnuLong(type: "L" | "K", text: string): TarItem {
  return { name: "././@LongLink", type, data: text + "\0", format: "gnu" };
}

/** Joins bytes. */
export function concatBytes(
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const all = zeros(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Encodes a text as UTF-8; bytes stay as they are. */
export function toBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
}

/** The length of a pax record counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = toBytes(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (length !== rest + String(length).length) {
    length = rest + String(length).length;
  }
  return `${length} ${key}=${value}\n`;
}

function checksum(block: Uint8Array, item: TarItem): number {
  const signed = item.checksum === "signed";
  const sum = block.reduce(
    (total, byte) => total + (signed && byte > 127 ? byte - 256 : byte),
    0,
  );
  return item.checksum === "wrong" ? sum + 1 : sum;
}

function padding(length: number, unit: number): number {
  return (unit - length % unit) % unit;
}

function zeros(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}
