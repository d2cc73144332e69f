import { join } from "node:path";
import { makeImage } from "./cluster.ts";
import { succeed } from "./command.ts";
import { dockerArchiveForm, type ImageForm } from "./image_form.ts";

/** Options for {@linkcode makeScriptImage}. */
export interface ScriptImageOptions {
  /** Default `amd64`. */
  readonly architecture?: string;
}

/**
 * Builds a docker-archive with `make_image.py`: a layer with a shell and one
 * with a mebibyte that no other image has. It prints its form when it runs.
 *
 * @returns the path of the archive, whose image is `forms/<form>:1`
 */
export async function makeScriptImage(
  folder: string,
  form: string,
  options: ScriptImageOptions = {},
): Promise<string> {
  const path = join(folder, `script-${form}.tar`);
  await makeImage(
    ...["--name", `k8scr.test/forms/${form}:1`, "--out", path],
    ...["--file", "/bin/busybox=bin/busybox", "--link", "bin/sh=busybox"],
    ...["--layers", "1", "--seed", form],
    ...["--architecture", options.architecture ?? "amd64"],
    ...["--command", "/bin/sh", "-c", `echo this is ${form}`],
  );
  return path;
}

/** Ways to compress a whole file: the suffix and a script with it as `$0`. */
const COMPRESSIONS: Readonly<Record<string, string>> = {
  "gz": 'gzip -k "$0"',
  "zst": 'zstd -q "$0"',
  "xz": 'xz -k -1 "$0"',
  "bz2": 'bzip2 -k "$0"',
  // Two members, as `cat a.gz b.gz` and parallel compressors write them.
  "members.gz":
    '{ head -c 1000000 "$0" | gzip; tail -c +1000001 "$0" | gzip; } ' +
    '>"$0.members.gz"',
  // A skippable frame of 4 bytes before the content and one behind it.
  "skippable.zst":
    "skip() { printf '\\120\\052\\115\\030\\004\\000\\000\\000skip'; }; " +
    '{ skip; zstd -qc "$0"; skip; } >"$0.skippable.zst"',
};

/**
 * Forms of `make_image.py`: the plain archive, compressed as a whole in every
 * way, and on standard input. Each holds an image of its own.
 */
export async function scriptForms(folder: string): Promise<ImageForm[]> {
  const plain = await makeScriptImage(folder, "script");
  const stream = await makeScriptImage(folder, "script-stdin");
  return [
    await dockerArchiveForm("make_image.py", plain),
    {
      ...await dockerArchiveForm("make_image.py on standard input", stream),
      source: "-",
      input: stream,
      spooled: true,
    },
    ...await Promise.all(
      Object.keys(COMPRESSIONS).map((suffix) => compressed(folder, suffix)),
    ),
  ];
}

async function compressed(folder: string, suffix: string): Promise<ImageForm> {
  const form = `script-${suffix.replace(".", "-")}`;
  const plain = await makeScriptImage(folder, form);
  await succeed(["sh", "-c", COMPRESSIONS[suffix] ?? "", plain]);
  const title = `make_image.py compressed as .${suffix}`;
  const description = await dockerArchiveForm(title, plain);
  return { ...description, source: `${plain}.${suffix}`, spooled: true };
}
