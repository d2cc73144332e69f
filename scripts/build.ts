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

/** What is compiled: `mod.ts` would bring the whole library along. */
const PROGRAM = "src/cli/program.ts";

/** Modules that are started as threads, which no import leads to. */
const WORKERS = ["src/archive/layer_worker.ts"];

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
      `--v8-flags=--max-semi-space-size=${YOUNG_GENERATION}`,
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
  console.log(output);
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
  const hash = createHash("sha256");
  hash.update(await Deno.readFile(`dist/${name}`));
  await Deno.writeTextFile(
    `dist/${name}.sha256`,
    `${hash.digest("hex")}  ${name}\n`,
  );
}

if (import.meta.main) {
  await Deno.mkdir("dist", { recursive: true });
  const [flag, ...triples] = Deno.args;
  if (flag === undefined) {
    await compile("dist/k8scr", []);
  } else if (flag === "--target") {
    const chosen = triples.length > 0 ? triples : Object.keys(TARGETS);
    for (const triple of chosen) await compileTarget(triple);
  } else {
    console.error(`Cannot build with "${flag}": must be --target [TRIPLE...]`);
    Deno.exit(2);
  }
}
