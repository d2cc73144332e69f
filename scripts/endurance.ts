/**
 * A day in a few minutes: 200 pushes in one process through the library, then 50
 * processes of the compiled file at once against the same registry. Fails when
 * memory, files or sockets grow, or when a push does.
 *
 *     deno task build && deno task endurance
 */
import { join } from "node:path";
import process from "node:process";
import { planImage } from "../src/content/copy_plan.ts";
import { ImageCopier } from "../src/content/image_copier.ts";
import { sleep } from "../src/http/backoff.ts";
import { clusterTransport } from "../src/kube/cluster_transport.ts";
import type { Connection } from "../src/kube/connection.ts";
import { loadConnection } from "../src/kube/load_connection.ts";
import { fixedPod, PodProxy } from "../src/kube/pod_proxy.ts";
import { openLayout } from "../src/layout/layout_source.ts";
import { FileJournal } from "../src/registry/file_journal.ts";
import { Registry } from "../src/registry/registry.ts";
import { FakeIo } from "../tests/cli/fake_io.ts";
import { startDemoCluster } from "../tests/support/demo_cluster.ts";
import { buildImage, type BuiltImage } from "../tests/support/images.ts";
import { writeLayout } from "../tests/support/layouts.ts";

const PUSHES = 200;
const PROCESSES = 50;

/** Pushes until everything is loaded and has found its size. */
const WARM_UP = 40;

/** Bytes by which the objects of two moments may differ in which nothing grows. */
const HEAP_NOISE = 4 * 2 ** 20;

/** The same of all memory: V8 takes more where it has time to collect less. */
const MEMORY_NOISE = 96 * 2 ** 20;

/** Files and sockets that may be about to close. */
const CLOSING = 10;

/** Milliseconds after which a connection that idles is closed, and time left. */
const IDLE = 120_000;

const CHUNK = 256 * 1024;

interface Usage {
  /** Bytes of objects that are reachable. */
  readonly heap: number;
  /** Resident memory in bytes. */
  readonly memory: number;
  /** Open files and sockets. */
  readonly files: number;
}

function imageOf(number: number): BuiltImage {
  // Two chunks and a half, of which no other image has a byte.
  const noise = crypto.getRandomValues(new Uint8Array(65_536)).toHex();
  return buildImage({
    layers: [{ number: `${number}`, noise: noise.repeat(5) }],
    compression: "none",
  });
}

async function writeImage(folder: string, number: number): Promise<string> {
  const path = join(folder, `layout-${number}`);
  await writeLayout(path, [{ content: imageOf(number), name: "1" }]);
  return path;
}

/** Does what a program does that uses the library. */
async function pushOnce(
  connection: Connection,
  { layout, state }: { readonly layout: string; readonly state: string },
): Promise<void> {
  const cluster = clusterTransport(connection);
  const chooser = fixedPod("k8scr");
  const proxy = new PodProxy(cluster.transport, { ...connection, chooser });
  const registry = new Registry(proxy.transport, {
    chunkSize: CHUNK,
    journal: new FileJournal({ directory: state, registry: "", program: "" }),
  });
  const source = await openLayout(layout);
  try {
    const [image] = await source.images();
    if (image === undefined) throw new Error(`Cannot push "${layout}"`);
    const plan = await planImage(source, image);
    const target = registry.repository("one-process");
    await new ImageCopier(source).copy(plan, target, { name: "", tags: ["1"] });
  } finally {
    await source.close();
    cluster.close();
  }
}

/** Measures after the garbage collector has run, where it may be called. */
function usage(): Usage {
  // There with --v8-flags=--expose-gc only.
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect();
  const files = [...Deno.readDirSync("/proc/self/fd")].length;
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, memory: rss, files };
}

function report(what: string, { heap, memory, files }: Usage): void {
  const [objects, all] = [heap, memory].map((bytes) =>
    `${(bytes / 2 ** 20).toFixed(1)} MiB`
  );
  console.log(
    `${what}: ${objects} of objects, ${all} of memory, ${files} files and sockets`,
  );
}

function checkGrowth(before: Usage, after: Usage): void {
  const grown = after.heap > before.heap + HEAP_NOISE ||
    after.memory > before.memory + MEMORY_NOISE;
  if (grown) throw new Error("Memory grows");
  if (after.files > before.files + CLOSING) {
    throw new Error("Files or sockets grow");
  }
}

async function pushMany(connection: Connection, folder: string): Promise<void> {
  let before = usage();
  for (let number = 1; number <= PUSHES; number++) {
    const layout = await writeImage(folder, number);
    await pushOnce(connection, { layout, state: join(folder, "state") });
    await Deno.remove(layout, { recursive: true });
    if (number === WARM_UP) before = usage();
    if (number % WARM_UP === 0) report(`After ${number} pushes`, usage());
  }
  checkGrowth(before, usage());
  const left = await Array.fromAsync(Deno.readDir(join(folder, "state")));
  if (left.length > 0) throw new Error(`Journals are left: ${left.length}`);
}

/** Waits until connections that nobody uses are closed, if they ever are. */
async function settled(before: Usage): Promise<Usage> {
  const end = performance.now() + IDLE;
  for (;;) {
    const now = usage();
    if (now.files <= before.files || performance.now() > end) return now;
    await sleep(1_000);
  }
}

async function pushAtOnce(program: string, folder: string): Promise<void> {
  // As many connections at once take memory the first time: it may not be more
  // the second time.
  await startAtOnce(program, folder);
  const before = await settled(usage());
  report(`After ${PROCESSES} processes at once`, before);
  await startAtOnce(program, folder);
  const after = await settled(before);
  report(`After ${PROCESSES} more`, after);
  checkGrowth(before, after);
}

async function startAtOnce(program: string, folder: string): Promise<void> {
  const layout = await writeImage(folder, 0);
  const codes = await Promise.all(
    Array.from({ length: PROCESSES }, async (_, number) => {
      const { code, stderr } = await new Deno.Command(program, {
        args: ["push", layout, "--as", `many/app-${number % 5}:1`],
        env: {
          KUBECONFIG: join(folder, "kubeconfig"),
          XDG_STATE_HOME: join(folder, "processes"),
        },
        stdin: "null",
      }).output();
      if (code !== 0) console.log(new TextDecoder().decode(stderr));
      return code;
    }),
  );
  await Deno.remove(layout, { recursive: true });
  const failed = codes.filter((code) => code !== 0).length;
  if (failed > 0) throw new Error(`Pushes failed: ${failed}`);
}

async function main(folder: string): Promise<void> {
  await using cluster = await startDemoCluster(folder);
  const kubeconfig = join(folder, "kubeconfig");
  await Deno.writeTextFile(kubeconfig, cluster.kubeconfig);
  const io = new FakeIo({ env: { KUBECONFIG: kubeconfig } });
  const host = io.kubeHost({ stdinTaken: false });
  await pushMany(await loadConnection({}, host), folder);
  await pushAtOnce("dist/k8scr", folder);
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "k8scr-endurance-" });
  try {
    await main(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
