/**
 * Bundles the program and compiles it into one file.
 *
 *     deno task build                        dist/k8scr for this host
 *     deno task build --target               all five platforms, with checksums
 *     deno task build --target TRIPLE...     some of them
 *
 * Where `$DENO_COMPILE` is set, that command runs in place of `deno compile`.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { platformOfProgram } from "./package_platform.ts";

/** Deno's triples, with the words that go into the file's name. */
export const TARGETS: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "linux-amd64",
  "aarch64-unknown-linux-gnu": "linux-arm64",
  "x86_64-apple-darwin": "darwin-amd64",
  "aarch64-apple-darwin": "darwin-arm64",
  "x86_64-pc-windows-msvc": "windows-amd64.exe",
};

/**
 * What the program may do: read images and kubeconfig, write temporary copies,
 * reach the API server, see its environment, run exec credential plugins, and
 * ask for the processors and the host's name.
 */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
  "--no-prompt",
];

/**
 * MiB of each half of the heap's young generation. By default it grows to 16,
 * in each thread, and holds memory that was used up long ago.
 */
const YOUNG_GENERATION = 1;

/**
 * How memory is given back. Helpers would give back the buffers that have been
 * sent later than new ones are taken, so that V8 looks through the whole heap
 * again and again, with as many threads as there are processors.
 */
const GARBAGE_COLLECTION = [
  `--max-semi-space-size=${YOUNG_GENERATION}`,
  "--single-threaded-gc",
];

/** What is compiled: `mod.ts` would bring the whole library along. */
const PROGRAM = "src/cli/program.ts";

/** Modules that are started as threads, which no import leads to. */
const WORKERS = [
  "src/archive/layer_worker.ts",
  "src/server/digest_worker.ts",
];

/** Where the bundle is while it is compiled. */
const BUNDLE = "dist/bundle";

/**
 * Puts the modules together, packages included: a few files are loaded faster
 * than many, and `deno compile` embeds no package then, of which it would read
 * the list at every start. The source maps lead stack traces to the sources.
 */
async function bundle(): Promise<void> {
  await run([
    ...[Deno.execPath(), "bundle", "--quiet", "--code-splitting"],
    ...["--sourcemap=inline", "--outdir", BUNDLE, PROGRAM, ...WORKERS],
  ]);
  for await (const path of scriptsIn(BUNDLE)) {
    await writeScript(path, withoutSources(await Deno.readTextFile(path)));
  }
  for (const worker of WORKERS) {
    const script = worker.replace(/^src\//, "./").replace(/\.ts$/, ".js");
    await writeScript(bundledWorker(worker), `import "${script}";\n`);
  }
}

/** A worker is named as it is in the sources, from beside the chunks. */
function bundledWorker(path: string): string {
  return join(BUNDLE, basename(path));
}

/** The time is compiled too: with a fixed one, two builds have the same bytes. */
async function writeScript(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(path, script);
  await Deno.utime(path, 0, 0);
}

async function* scriptsIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* scriptsIn(path);
    else if (path.endsWith(".js")) yield path;
  }
}

const MAP_MARK = "\n//# sourceMappingURL=data:application/json;base64,";

/**
 * Takes the copies of the sources out of a script's map, which is read at every
 * start: names and lines are all that a stack trace shows.
 */
export function withoutSources(script: string): string {
  const start = script.lastIndexOf(MAP_MARK);
  if (start < 0) return script;
  const end = start + MAP_MARK.length;
  const map = JSON.parse(Buffer.from(script.slice(end), "base64").toString());
  delete map.sourcesContent;
  const slim = Buffer.from(JSON.stringify(map)).toString("base64");
  return `${script.slice(0, end)}${slim}\n`;
}

function compileCommand(): string[] {
  const words = Deno.env.get("DENO_COMPILE")?.split(/\s+/).filter(Boolean);
  return words?.length ? words : [Deno.execPath(), "compile"];
}

/** Without a code cache, which would be left in `$TMPDIR`. */
async function compile(output: string, more: readonly string[]): Promise<void> {
  await run([
    ...compileCommand(),
    ...["--quiet", "--no-config", "--no-check", "--no-code-cache"],
    ...PERMISSIONS,
    `--v8-flags=${GARBAGE_COLLECTION.join(",")}`,
    ...WORKERS.flatMap((path) => ["--include", bundledWorker(path)]),
    ...more,
    ...["--output", output, join(BUNDLE, "cli/program.js")],
  ]);
}

async function run([program = "", ...args]: readonly string[]): Promise<void> {
  const { success, code } = await new Deno.Command(program, {
    args,
    // What `deno bundle` says of itself is no result.
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (success) return;
  throw new Error(
    `Cannot build: "${[program, ...args].join(" ")}" has exit code ${code}`,
  );
}

async function compileTarget(triple: string): Promise<void> {
  const suffix = TARGETS[triple];
  if (suffix === undefined) {
    throw new Error(
      `Cannot compile for "${triple}": must be one of ${
        Object.keys(TARGETS).join(", ")
      }`,
    );
  }
  const name = `k8scr-${config.version}-${suffix}`;
  await compile(`dist/${name}`, ["--target", triple]);
  const bytes = await Deno.readFile(`dist/${name}`);
  const platform = platformOfProgram(bytes);
  if (platform !== suffix.replace(".exe", "")) {
    await Deno.remove(`dist/${name}`);
    throw new Error(
      `Cannot compile for "${triple}": what came out is for ${platform}`,
    );
  }
  const hash = createHash("sha256").update(bytes);
  await Deno.writeTextFile(
    `dist/${name}.sha256`,
    `${hash.digest("hex")}  ${name}\n`,
  );
  console.log(`dist/${name}`);
}

/** Compiles for all of the platforms, also when one of them fails. */
async function compileTargets(triples: readonly string[]): Promise<void> {
  const failures: unknown[] = [];
  for (const triple of triples) {
    try {
      await compileTarget(triple);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 0) return;
  const messages = failures.map((error) =>
    error instanceof Error ? error.message : String(error)
  );
  throw new Error(
    `${messages.join("\n")}\n` +
      "Deno downloads the runtime of each platform once: compile where it can",
  );
}

async function build(args: readonly string[]): Promise<void> {
  await Deno.mkdir(BUNDLE, { recursive: true });
  try {
    await bundle();
    await compileBundle(args);
  } finally {
    await Deno.remove(BUNDLE, { recursive: true });
  }
}

/**
 * Compiles what was bundled.
 *
 * @param args as the script takes them
 * @throws {Error} with the reasons, when a platform fails
 */
export async function compileBundle(
  [flag, ...triples]: readonly string[],
): Promise<void> {
  if (flag === undefined) {
    await compile("dist/k8scr", []);
    return console.log("dist/k8scr");
  }
  await compileTargets(triples.length > 0 ? triples : Object.keys(TARGETS));
}

if (import.meta.main) {
  const [flag] = Deno.args;
  if (flag !== undefined && flag !== "--target") {
    console.error(`Cannot build with "${flag}": must be --target [TRIPLE...]`);
    Deno.exit(2);
  }
  try {
    await build(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
