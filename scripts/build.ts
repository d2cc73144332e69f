/**
 * Compiles the program into one file.
 *
 *     deno task build                        dist/k8scr for this host
 *     deno task build --target               all five platforms, with checksums
 *     deno task build --target TRIPLE...     some of them
 *
 * Where `$DENO_COMPILE` is set, that command runs in place of `deno compile`.
 */
import { createHash } from "node:crypto";
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
 * Bytes of stack of the compiler's threads: `deno compile` of Deno 2.6 walks
 * the packages of the lock file recursively and overflows the default 2 MiB.
 */
const COMPILER_STACK = "67108864";

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

function compileCommand(): string[] {
  const words = Deno.env.get("DENO_COMPILE")?.split(/\s+/).filter(Boolean);
  return words?.length ? words : [Deno.execPath(), "compile"];
}

async function compile(output: string, more: readonly string[]): Promise<void> {
  const [program = "", ...words] = compileCommand();
  const { success, code } = await new Deno.Command(program, {
    args: [
      ...words,
      "--quiet",
      ...PERMISSIONS,
      `--v8-flags=${GARBAGE_COLLECTION.join(",")}`,
      ...WORKERS.flatMap((path) => ["--include", path]),
      ...more,
      "--output",
      output,
      PROGRAM,
    ],
    env: { RUST_MIN_STACK: COMPILER_STACK },
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) {
    throw new Error(`Cannot compile ${output}: exit code ${code}`);
  }
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

async function build([flag, ...triples]: readonly string[]): Promise<void> {
  await Deno.mkdir("dist", { recursive: true });
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
