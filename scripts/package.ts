/**
 * Makes what is published: for each platform an archive with the program, the
 * license, the README, completions and a manual page; their checksums; and a
 * manifest for krew.
 *
 *     deno task package                      what is compiled in dist/, else for this host
 *     deno task package TRIPLE...            compile these and package them
 *     deno task package --url URL ...        say in which folder they are published
 *
 * The same files give the same archives, byte for byte.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { commands } from "../src/cli/commands.ts";
import { completionScript } from "../src/cli/completion_script.ts";
import { TARGETS } from "./build.ts";
import { type PackedFile, tarGz, zip } from "./package_archive.ts";
import { krewManifest, type PlatformArchive } from "./package_krew.ts";
import { manPage } from "./package_man.ts";
import { platformOfProgram } from "./package_platform.ts";

const FOLDER = "dist";

/** A platform, and where its compiled program is. */
interface Platform {
  readonly triple: string;
  readonly os: string;
  readonly arch: string;
  /** Path of the compiled program. */
  readonly compiled: string;
  /** Name of the archive, without its ending. */
  readonly name: string;
  /** Name of the program in the archive. */
  readonly program: string;
}

function platformOf(triple: string): Platform {
  const suffix = TARGETS[triple];
  if (suffix === undefined) {
    throw new Error(
      `Cannot package for "${triple}": must be one of ${
        Object.keys(TARGETS).join(", ")
      }`,
    );
  }
  const [words = "", exe] = suffix.split(".");
  const [os = "", arch = ""] = words.split("-");
  return {
    triple,
    os,
    arch,
    compiled: join(FOLDER, `k8scr-${config.version}-${suffix}`),
    name: `k8scr-${config.version}-${words}`,
    program: exe === undefined ? "k8scr" : `k8scr.${exe}`,
  };
}

async function compile({ triple }: Platform): Promise<void> {
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-read", "--allow-write", "--allow-env"],
      ...["--allow-run", "scripts/build.ts", "--target", triple],
    ],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (success) return;
  throw new Error(
    `Cannot package for "${triple}": it cannot be compiled here, exit code ${code}\n` +
      "Deno downloads the runtime of each platform once; without a network, compile elsewhere " +
      "and put the file into dist/",
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Returns the platforms whose programs are to be packaged, all compiled. */
async function compiledPlatforms(
  triples: readonly string[],
): Promise<Platform[]> {
  const asked = triples.map(platformOf);
  if (asked.length === 0) {
    const ready: Platform[] = [];
    for (const platform of Object.keys(TARGETS).map(platformOf)) {
      if (await exists(platform.compiled)) ready.push(platform);
    }
    if (ready.length > 0) return ready;
    asked.push(platformOf(Deno.build.target));
  }
  for (const platform of asked) await compile(platform);
  return asked;
}

/** Returns what every archive has beside the program. */
async function documents(): Promise<PackedFile[]> {
  const text = (name: string, content: string) => ({
    name,
    bytes: new TextEncoder().encode(content),
  });
  return [
    { name: "LICENSE", bytes: await Deno.readFile("LICENSE") },
    { name: "README.md", bytes: await Deno.readFile("README.md") },
    text("completions/_k8scr", completionScript("zsh")),
    text("completions/k8scr.bash", completionScript("bash")),
    text("completions/k8scr.fish", completionScript("fish")),
    text("man/k8scr.1", manPage(commands, config.version)),
  ];
}

/** A compiler that has the runtime of one platform alone uses that for all. */
async function readProgram(
  { os, arch, compiled }: Platform,
): Promise<Uint8Array> {
  const bytes = await Deno.readFile(compiled);
  const actual = platformOfProgram(bytes);
  if (actual === `${os}-${arch}`) return bytes;
  throw new Error(
    `Cannot package "${compiled}": it is ${
      actual === undefined ? "no program" : `a program for ${actual}`
    }, not one for ${os}-${arch}\n` +
      "Remove it, and compile it where Deno can download that platform's runtime",
  );
}

async function pack(
  platform: Platform,
  more: readonly PackedFile[],
): Promise<PlatformArchive> {
  const { os, arch, program } = platform;
  const bytes = await readProgram(platform);
  const files = [{ name: program, bytes, executable: true }, ...more];
  const isWindows = os === "windows";
  const archive = isWindows ? zip(files) : tarGz(files);
  const name = `${platform.name}.${isWindows ? "zip" : "tar.gz"}`;
  await Deno.writeFile(join(FOLDER, name), archive);
  console.log(join(FOLDER, name));
  const sha256 = createHash("sha256").update(archive).digest("hex");
  return { name, os, arch, sha256, program };
}

async function publish(name: string, content: string): Promise<void> {
  await Deno.writeTextFile(join(FOLDER, name), content);
  console.log(join(FOLDER, name));
}

async function main(): Promise<void> {
  const { version } = config;
  const { positionals, values } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { url: { type: "string" } },
  });
  await Deno.mkdir(FOLDER, { recursive: true });
  const more = await documents();
  const archives: PlatformArchive[] = [];
  for (const platform of await compiledPlatforms(positionals)) {
    archives.push(await pack(platform, more));
  }
  await publish(
    "checksums.txt",
    archives.map(({ sha256, name }) => `${sha256}  ${name}\n`).join(""),
  );
  await publish(
    "k8scr.yaml",
    krewManifest({ version, archives, url: values.url }),
  );
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
