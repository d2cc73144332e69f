import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dockerArchiveItems } from "../../support/docker_archives.ts";
import { blobPath, buildImage, type BuiltImage } from "../../support/images.ts";
import { writeLayout } from "../../support/layouts.ts";
import { buildTar, type TarItem } from "../../support/tar_builder.ts";

/** A source that cannot be pushed. */
export interface FaultySource {
  /** What is wrong with it, as the end of a sentence. */
  readonly fault: string;
  /** What is given to `push`. */
  readonly source: string;
  /** The image that it is said to hold. */
  readonly name: string;
  /** What the program must say. */
  readonly messages: readonly RegExp[];
}

/** Writes a source whose image is `name`, and returns its path. */
type Writer = (folder: string, name: string) => Promise<string>;

interface Fault {
  readonly write: Writer;
  readonly messages: readonly RegExp[];
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "is not there": {
    write: (folder) => Promise.resolve(join(folder, "absent.tar")),
    messages: [/there is no such file or folder/],
  },
  "is a text": {
    write: (folder) => writeFile(folder, "text", "no image\n"),
    messages: [/not .*archive|no tar/],
  },
  "is a tar of something else": {
    write: (folder) => writeTar(folder, [{ name: "etc/motd", data: "hello" }]),
    messages: [/etc\/motd/],
  },
  "ends in the middle of a layer": {
    write: async (folder, name) => {
      const whole = buildTar(itemsOf(name));
      const half = whole.subarray(0, whole.length / 2);
      return await writeFile(folder, "truncated.tar", half);
    },
    messages: [/truncated|cut off|ends/],
  },
  "is a gzip file that ends early": {
    write: async (folder, name) => {
      const whole = gzipSync(buildTar(itemsOf(name)));
      const most = whole.subarray(0, whole.length - 100);
      return await writeFile(folder, "truncated.tar.gz", most);
    },
    messages: [/truncated|cut off|ends|early/],
  },
  "has a layer of another size than its manifest says": {
    write: (folder, name) => writeChangedLayout(folder, name, longer),
    messages: [/bytes/, /must have|expected|manifest/],
  },
  "has a layer of another digest than its manifest says": {
    write: (folder, name) => writeChangedLayout(folder, name, flipped),
    messages: [/digest/],
  },
  "has a layer of another diffID than its config says": {
    write: (folder, name) =>
      writeTar(folder, [
        ...itemsOf(name).map((item) =>
          item.name.endsWith("layer.tar")
            ? { ...item, data: buildTar([]) }
            : item
        ),
      ]),
    messages: [/diffID|digest/],
  },
  "names a config outside of itself": {
    write: (folder, name) =>
      writeTar(folder, [{
        name: "manifest.json",
        data: JSON.stringify([{
          Config: "../../etc/passwd",
          RepoTags: [name],
          Layers: [],
        }]),
      }]),
    messages: [/\.\.\/\.\.\/etc\/passwd/],
  },
  "has a layer that is a link out of itself": {
    write: (folder, name) =>
      writeTar(
        folder,
        withLayers(name, (item) => ({
          name: item.name,
          type: "2",
          linkname: "../../../../etc/passwd",
        })),
      ),
    messages: [/link to .*etc\/passwd.* leads out of the archive/],
  },
  "has layers that are links in a circle": {
    write: (folder, name) =>
      writeTar(
        folder,
        withLayers(name, (item) => ({
          name: item.name,
          type: "2",
          linkname: "layer.tar",
        })),
      ),
    messages: [/link in a circle/],
  },
  "has an entry twice, with different content": {
    write: (folder, name) =>
      writeTar(folder, [
        ...itemsOf(name),
        { name: "manifest.json", data: "[]" },
      ]),
    messages: [/manifest\.json/, /twice|more than once|two/],
  },
  "has a manifest.json that unpacks to gigabytes": {
    write: async (folder) => {
      const data = new Uint8Array(256 * 2 ** 20).fill(0x20);
      const tar = buildTar([{ name: "manifest.json", data }]);
      return await writeFile(folder, "bomb.tar.gz", gzipSync(tar));
    },
    messages: [/manifest\.json/, /bytes|large/],
  },
};

/** Writes a source for every fault. */
export async function writeFaultySources(
  folder: string,
): Promise<readonly FaultySource[]> {
  return await Promise.all(
    Object.entries(FAULTS).map(async ([fault, { write, messages }], index) => {
      const own = join(folder, `${index}`);
      await Deno.mkdir(own);
      const name = `faulty/image-${index}:1`;
      return { fault, name, messages, source: await write(own, name) };
    }),
  );
}

function imageOf(name: string): BuiltImage {
  return buildImage({ layers: [{ name }, { other: name.repeat(1000) }] });
}

function itemsOf(name: string): readonly TarItem[] {
  return dockerArchiveItems([{ image: imageOf(name), tags: [name] }]);
}

function withLayers(
  name: string,
  change: (item: TarItem) => TarItem,
): readonly TarItem[] {
  return itemsOf(name).map((item) =>
    item.name.endsWith("layer.tar") ? change(item) : item
  );
}

/** Writes a layout and changes the bytes of its layers afterwards. */
async function writeChangedLayout(
  folder: string,
  name: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Promise<string> {
  const content = imageOf(name);
  const layout = join(folder, "layout");
  await writeLayout(layout, [{ content, name }]);
  for (const { descriptor, blob } of content.layers) {
    const path = join(layout, blobPath(descriptor.digest));
    await Deno.writeFile(path, change(blob));
  }
  return layout;
}

function longer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...bytes, 0]);
}

function flipped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.map((byte, index) =>
    index === bytes.length - 1 ? byte ^ 1 : byte
  );
}

function writeTar(folder: string, items: readonly TarItem[]): Promise<string> {
  return writeFile(folder, "image.tar", buildTar(items));
}

async function writeFile(
  folder: string,
  name: string,
  content: Uint8Array | string,
): Promise<string> {
  const path = join(folder, name);
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return path;
}
