/**
 * Measures pushes through a real API server against those of other tools, in
 * turns, so that all meet the same machine: each round starts every contender
 * once with an empty registry, once more with what it has pushed, and once with
 * an image of which one layer is another one.
 *
 *     deno run -A scripts/bench.ts [--rounds 3] [--only TEXT]...
 *
 * Needs a cluster with a node, as the cluster tests do, and `skopeo` for the
 * compressed layouts. Writes a Markdown table to standard output.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allowPush } from "../tests/cluster/support/access.ts";
import {
  freePort,
  kubeconfigOf,
  withNamespace,
} from "../tests/cluster/support/cluster.ts";
import { runCommand, succeed } from "../tests/cluster/support/command.ts";
import { withEngine } from "../tests/cluster/support/engines.ts";
import { startRegistry } from "../tests/cluster/support/registries.ts";
import {
  type BenchContender,
  type BenchSubject,
  CONTENDERS,
} from "./bench_contender.ts";
import { type BenchImages, makeBenchImages } from "./bench_image.ts";
import {
  type BenchResults,
  type BenchRun,
  benchTable,
} from "./bench_report.ts";

/** The bridge of the node: what goes out there goes to a Pod. */
const BRIDGE = "/sys/class/net/k8scr0/statistics/tx_bytes";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", multiple: true, default: [""] },
  },
});

const folder = await Deno.makeTempDir({ prefix: "k8scr-bench-" });
try {
  const images = await makeBenchImages(folder);
  const contenders = await present(CONTENDERS);
  const results = contenders.some(({ isEngine }) => isEngine)
    ? await withLoadedEngine(
      images,
      (engine) => measureAll(contenders, { images, engine }),
    )
    : await measureAll(contenders, { images, engine: "" });
  const { size } = await Deno.stat(images.image.archive);
  console.log(
    `Archive of ${Math.round(size / 1e6)} MB, median of ${values.rounds}:\n`,
  );
  console.log(benchTable(results));
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function present(
  contenders: readonly BenchContender[],
): Promise<readonly BenchContender[]> {
  const found: BenchContender[] = [];
  for (const contender of contenders) {
    if (!values.only.some((text) => contender.name.includes(text))) continue;
    const lookups = contender.needs.map((program) =>
      runCommand(["sh", "-c", 'command -v "$0"', program])
    );
    const codes = (await Promise.all(lookups)).map(({ code }) => code);
    if (codes.every((code) => code === 0)) found.push(contender);
    else console.error(`left out: ${contender.name}, not installed`);
  }
  return found;
}

async function withLoadedEngine<T>(
  { image, changed }: BenchImages,
  action: (address: string) => Promise<T>,
): Promise<T> {
  return await withEngine("docker", async ({ address, load }) => {
    await load(image.archive);
    await load(changed.archive);
    return await action(address);
  });
}

/** What all contenders share. */
interface BenchSetup {
  readonly images: BenchImages;
  /** Address of the Docker engine. */
  readonly engine: string;
}

async function measureAll(
  contenders: readonly BenchContender[],
  setup: BenchSetup,
): Promise<ReadonlyMap<string, BenchResults>> {
  const results = new Map<string, BenchResults>();
  for (const { name } of contenders) {
    results.set(name, { first: [], again: [], changed: [] });
  }
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const contender of contenders) {
      console.error(`round ${round}: ${contender.name}`);
      const result = results.get(contender.name);
      if (result) await measure(contender, setup, result);
    }
  }
  return results;
}

async function measure(
  contender: BenchContender,
  { images: { image, changed }, engine }: BenchSetup,
  results: BenchResults,
): Promise<void> {
  await withNamespace("bench", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3", {
      data: { medium: "Memory" },
    });
    const { pod, target } = registry;
    await allowPush(registry);
    await using forward = await portForward(namespace, pod);
    const home = await Deno.makeTempDir({ dir: folder });
    const place = { target, namespace, forwarded: forward.address, engine };
    const push = (pushed: typeof image) =>
      run(contender, { ...place, ...pushed }, home);
    results.first.push(await push(image));
    if (!contender.isRepeatable) return;
    results.again.push(await push(image));
    results.changed.push(await push(changed));
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

/** @param home where the contender may remember things between two pushes */
async function run(
  contender: BenchContender,
  subject: BenchSubject,
  home: string,
): Promise<BenchRun> {
  const usage = join(home, "usage");
  const before = Number(await Deno.readTextFile(BRIDGE));
  await succeed(
    ["time", "-f", "%e %U %S %M", "-o", usage, ...contender.command(subject)],
    {
      env: {
        HOME: home,
        XDG_STATE_HOME: home,
        KUBECONFIG: kubeconfigOf(contender.user ?? "admin"),
      },
    },
  );
  const sent = Number(await Deno.readTextFile(BRIDGE)) - before;
  const [seconds = 0, user = 0, system = 0, kibibytes = 0] =
    (await Deno.readTextFile(usage)).trim().split(" ").map(Number);
  return {
    seconds,
    cpu: contender.isEngine ? NaN : user + system,
    memory: contender.isEngine ? NaN : kibibytes * 1024,
    wire: contender.isForwarded ? NaN : sent,
  };
}
