/** What a made ELF file says of itself. */
export interface ElfScene {
  /** Number of the machine; default 62, x86-64. */
  readonly machine?: number;
  /** Path of the loader. */
  readonly interpreter?: string;
  /** Libraries that it needs. */
  readonly needed?: readonly string[];
  /** Value of `DT_RUNPATH`. */
  readonly runPath?: string;
  /** Value of `DT_RPATH`. */
  readonly rPath?: string;
}

/** Where the file is in memory: not where it is on disk, as with real ones. */
const LOAD_ADDRESS = 0x400000;

const HEADER_SIZE = 64;
const SEGMENT_SIZE = 56;

/** Makes a 64-bit little-endian ELF file of headers and tables alone. */
export function makeElf(scene: ElfScene = {}): Uint8Array<ArrayBuffer> {
  const { machine = 62, interpreter, needed = [], runPath, rPath } = scene;
  const texts = [...needed, runPath ?? "", rPath ?? ""];
  const strings = encode(`\0${texts.map((text) => `${text}\0`).join("")}`);
  const at = (index: number) =>
    1 +
    encode(texts.slice(0, index).map((text) => `${text}\0`).join("")).length;
  const stringsOffset = HEADER_SIZE + 3 * SEGMENT_SIZE;
  const loaderOffset = stringsOffset + strings.length;
  const loader = encode(`${interpreter ?? ""}\0`);
  const dynamicOffset = loaderOffset + loader.length;
  const dynamic = dynamicTable([
    ...needed.map((_, index) => [1, at(index)] as const),
    [5, LOAD_ADDRESS + stringsOffset],
    [10, strings.length],
    ...runPath === undefined ? [] : [[29, at(needed.length)] as const],
    ...rPath === undefined ? [] : [[15, at(needed.length + 1)] as const],
    [0, 0],
  ]);
  const size = dynamicOffset + dynamic.length;
  const bytes = new Uint8Array(size);
  writeHeader(new DataView(bytes.buffer), machine);
  const segments = [
    { type: 1, offset: 0, size },
    { type: 2, offset: dynamicOffset, size: dynamic.length },
    {
      type: interpreter === undefined ? 4 : 3,
      offset: loaderOffset,
      size: loader.length,
    },
  ];
  for (const [index, segment] of segments.entries()) {
    const offset = HEADER_SIZE + index * SEGMENT_SIZE;
    writeSegment(new DataView(bytes.buffer, offset), segment);
  }
  bytes.set(strings, stringsOffset);
  bytes.set(loader, loaderOffset);
  bytes.set(dynamic, dynamicOffset);
  return bytes;
}

function writeHeader(view: DataView, machine: number): void {
  view.setUint32(0, 0x7f454c46);
  view.setUint8(4, 2);
  view.setUint8(5, 1);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, BigInt(HEADER_SIZE), true);
  view.setUint16(54, SEGMENT_SIZE, true);
  view.setUint16(56, 3, true);
}

function writeSegment(
  view: DataView,
  segment: {
    readonly type: number;
    readonly offset: number;
    readonly size: number;
  },
): void {
  const { type, offset, size } = segment;
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(offset), true);
  view.setBigUint64(16, BigInt(LOAD_ADDRESS + offset), true);
  view.setBigUint64(32, BigInt(size), true);
}

function dynamicTable(
  entries: readonly (readonly [number, number])[],
): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * 16));
  for (const [index, [tag, value]] of entries.entries()) {
    view.setBigInt64(index * 16, BigInt(tag), true);
    view.setBigUint64(index * 16 + 8, BigInt(value), true);
  }
  return new Uint8Array(view.buffer);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
