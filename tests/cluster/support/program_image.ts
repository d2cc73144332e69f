import { basename, join } from "node:path";
import { digestEncoded, digestOf } from "../../../src/oci/digest.ts";
import { importImage, makeImage, nodeHasImage } from "./cluster.ts";
import { succeed } from "./command.ts";

/** Options for {@linkcode programImage}. */
export interface ProgramImageOptions {
  /** Other names of the program in `/bin`. */
  readonly links?: readonly string[];
  /** Paths of static programs that are put into `/bin` as well. */
  readonly programs?: readonly string[];
}

/**
 * Puts an image on the nodes with the program, the libraries that it is linked
 * with and nothing else but a shell.
 *
 * @param program path of the compiled program, `/bin/k8scr` in the image
 * @returns the image's name
 */
export async function programImage(
  program: string,
  options: ProgramImageOptions = {},
): Promise<string> {
  const { links = [], programs = [] } = options;
  const identity = digestEncoded(digestOf(await Deno.readFile(program)));
  const variant = ["program", ...programs.map((path) => basename(path))];
  const image = `k8scr.test/${variant.join("-")}:${identity.slice(0, 12)}`;
  if (await nodeHasImage(image)) return image;
  const folder = await Deno.makeTempDir({ prefix: "k8scr-program-image-" });
  try {
    const archive = join(folder, "program.tar");
    const libraries = await linkedLibraries(program);
    const files = [
      `${program}=bin/k8scr`,
      "/bin/busybox=bin/busybox",
      ...programs.map((path) => `${path}=bin/${basename(path)}`),
      ...libraries.map((path) => `${path}=${path.slice(1)}`),
    ];
    await makeImage(
      ...["--name", image, "--out", archive],
      ...files.flatMap((file) => ["--file", file]),
      ...["--link", "bin/sh=busybox"],
      ...links.flatMap((name) => ["--link", `bin/${name}=k8scr`]),
    );
    await importImage(archive);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return image;
}

/** Lists the libraries that a program is linked with, its loader included. */
async function linkedLibraries(program: string): Promise<string[]> {
  const listing = await succeed(["ldd", program]);
  const paths = listing.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm);
  return [...paths].map((match) => match[1] ?? "");
}
