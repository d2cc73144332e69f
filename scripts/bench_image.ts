import { join } from "node:path";
import { makeImage } from "../tests/cluster/support/cluster.ts";
import { succeed } from "../tests/cluster/support/command.ts";
import type { BenchImage } from "./bench_contender.ts";

/** Folders of real files, which compress as images do: a layer each. */
const TREES = [
  "/usr/lib/jvm",
  "/usr/bin",
  "/usr/local/go/src",
  "/usr/lib/git-core",
];

/** What the third layer is in the changed image. */
const CHANGED_TREE = "/usr/local/go/src/cmd";

/** The images of a bench. */
export interface BenchImages {
  /** The image that is pushed first. */
  readonly image: BenchImage;
  /** The same with one of its four layers changed. */
  readonly changed: BenchImage;
}

/** Makes the images of a bench in a folder. */
export async function makeBenchImages(folder: string): Promise<BenchImages> {
  return {
    image: await makeBenchImage(folder, "bench/app:1", TREES),
    changed: await makeBenchImage(
      folder,
      "bench/app:2",
      TREES.with(2, CHANGED_TREE),
    ),
  };
}

async function makeBenchImage(
  folder: string,
  name: string,
  trees: readonly string[],
): Promise<BenchImage> {
  const path = join(folder, name.replace(/\W/g, "-"));
  const archive = `${path}.tar`;
  const layers = trees.flatMap((tree) => ["--tree", tree]);
  await makeImage("--name", name, ...layers, "--out", archive);
  await succeed([
    ...["skopeo", "copy", "--quiet"],
    ...[`docker-archive:${archive}`, `oci:${path}:1`],
  ]);
  return { name, archive, layout: path };
}
