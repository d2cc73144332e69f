/**
 * Measures pushes through a real API server against those of other tools, in
 * turns, so that all meet the same machine: each round starts every contender
 * once with an empty registry and then once more with what it has pushed.
 *
 *     deno run -A scripts/bench.ts [--archive FILE] [--rounds 3] [--only TEXT]
 *
 * Needs a cluster with a node, as the cluster tests do, and `skopeo` for the
 * compressed layout. Writes a Markdown table to standard output.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  freePort,
  kubeconfigOf,
  makeImage,
  withNamespace,
} from "../tests/cluster/support/cluster.ts";
import { runCommand, succeed } from "../tests/cluster/support/command.ts";
import { startRegistry } from "../tests/cluster/support/registries.ts";
import {
  type BenchContender,
  type BenchSubject,
  CONTENDERS,
} from "./bench_contender.ts";

/** Folders of real files, which compress as images do. */
const TREES = [
  "/usr/lib/jvm",
  "/usr/bin",
  "/usr/local/go/src",
  "/usr/lib/git-core",
];

/** The bridge of the node: what goes out there goes to a Pod. */
const BRIDGE = "/sys/class/net/k8scr0/statistics/tx_bytes";

/** One run of one contender. */
interface Run {
  readonly seconds: number;
  /** Seconds of all its processors. */
  readonly cpu: number;
  /** Bytes of its largest process. */
  readonly memory: number;
  /** Bytes that went to the Pod; NaN where they are not counted. */
  readonly wire: number;
}

/** All runs of one contender. */
interface Results {
  readonly first: Run[];
  readonly again: Run[];
}

const { values } = parseArgs({
  options: {
    archive: { type: "string" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
  },
});

const folder = await Deno.makeTempDir({ prefix: "k8scr-bench-" });
try {
  const archive = values.archive ?? await realArchive();
  const layout = join(folder, "layout");
  await succeed([
    ...["skopeo", "copy", "--quiet"],
    ...[`docker-archive:${archive}`, `oci:${layout}:app:1`],
  ]);
  const contenders = await present(CONTENDERS);
  const results = new Map<string, Results>();
  for (const { name } of contenders) {
    results.set(name, { first: [], again: [] });
  }
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const contender of contenders) {
      console.error(`round ${round}: ${contender.name}`);
      const result = results.get(contender.name);
      if (result) await measure(contender, { archive, layout }, result);
    }
  }
  const { size } = await Deno.stat(archive);
  console.log(report(results, size));
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function realArchive(): Promise<string> {
  const path = join(folder, "real.tar");
  const trees = TREES.flatMap((tree) => ["--tree", tree]);
  await makeImage("--name", "bench/app:1", ...trees, "--out", path);
  return path;
}

async function present(
  contenders: readonly BenchContender[],
): Promise<readonly BenchContender[]> {
  const found: BenchContender[] = [];
  for (const contender of contenders) {
    if (!contender.name.includes(values.only)) continue;
    const lookups = contender.needs.map((program) =>
      runCommand(["sh", "-c", 'command -v "$0"', program])
    );
    const codes = (await Promise.all(lookups)).map(({ code }) => code);
    if (codes.every((code) => code === 0)) found.push(contender);
    else console.error(`left out: ${contender.name}, not installed`);
  }
  return found;
}

async function measure(
  contender: BenchContender,
  files: Pick<BenchSubject, "archive" | "layout">,
  { first, again }: Results,
): Promise<void> {
  await withNamespace("bench", async (namespace) => {
    const { pod, target } = await startRegistry(namespace, "distribution-3", {
      data: { medium: "Memory" },
    });
    await using forward = await portForward(namespace, pod);
    const home = await Deno.makeTempDir({ dir: folder });
    const subject = {
      ...files,
      target,
      namespace,
      home,
      forwarded: forward.address,
    };
    const command = contender.command(subject);
    const once = () => run(command, { home, counts: !contender.isForwarded });
    first.push(await once());
    if (contender.isRepeatable) again.push(await once());
  });
}

async function portForward(namespace: string, pod: string) {
  const port = freePort();
  const process = new Deno.Command("kubectl", {
    args: [
      ...["--kubeconfig", kubeconfigOf("admin"), "port-forward"],
      ...["-n", namespace, `pod/${pod}`, `${port}:5000`],
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.getReader();
  await reader.read();
  return {
    address: `localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      process.kill();
      await reader.cancel();
      await process.status;
    },
  };
}

async function run(
  command: readonly string[],
  { home, counts }: { readonly home: string; readonly counts: boolean },
): Promise<Run> {
  const usage = join(home, "usage");
  const before = Number(await Deno.readTextFile(BRIDGE));
  await succeed(
    ["time", "-f", "%e %U %S %M", "-o", usage, ...command],
    {
      env: {
        HOME: home,
        XDG_STATE_HOME: home,
        KUBECONFIG: kubeconfigOf("admin"),
      },
    },
  );
  const sent = Number(await Deno.readTextFile(BRIDGE)) - before;
  const wire = counts ? sent : NaN;
  const [seconds = 0, user = 0, system = 0, kibibytes = 0] =
    (await Deno.readTextFile(usage)).trim().split(" ").map(Number);
  return { seconds, cpu: user + system, memory: kibibytes * 1024, wire };
}

function report(results: ReadonlyMap<string, Results>, size: number): string {
  const rows = [...results].map(([name, { first, again }]) => {
    const middle = (runs: readonly Run[], field: keyof Run) =>
      median(runs.map((run) => run[field]));
    return [
      name,
      seconds(middle(first, "seconds")),
      seconds(middle(again, "seconds")),
      seconds(middle(first, "cpu")),
      megabytes(middle(first, "memory")),
      megabytes(middle(first, "wire")),
      megabytes(middle(again, "wire")),
    ];
  });
  const head = [
    ...["", "first push", "again", "CPU", "memory"],
    ...["to the Pod", "again"],
  ];
  return [
    `Archive of ${megabytes(size)}, median of ${values.rounds}:`,
    "",
    row(head),
    row(head.map(() => "---")),
    ...rows.map(row),
  ].join("\n");
}

function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((one, other) => one - other)[
    Math.floor(numbers.length / 2)
  ];
}

function seconds(value: number | undefined): string {
  return value === undefined ? "" : `${value.toFixed(2)} s`;
}

function megabytes(value: number | undefined): string {
  return value === undefined || isNaN(value)
    ? ""
    : `${Math.round(value / 1e6)} MB`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
