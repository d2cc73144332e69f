import type { ImagePlan } from "../../src/content/copy_plan.ts";
import { planImage } from "../../src/content/copy_plan.ts";
import { ImageCopier } from "../../src/content/image_copier.ts";
import type { ImageDraft } from "../../src/content/image_source.ts";
import { type RetryEvent, sleep } from "../../src/http/backoff.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { clusterTransport } from "../../src/kube/cluster_transport.ts";
import { fixedPod, PodProxy } from "../../src/kube/pod_proxy.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { FileJournal } from "../../src/registry/file_journal.ts";
import { Registry } from "../../src/registry/registry.ts";
import { fakeConnection } from "./fake_connection.ts";
import type { FaultCluster } from "./fault_cluster.ts";
import { FaultDealer, planFaults, type PlannedFault } from "./fault_plan.ts";
import { buildImage, type BuiltImage } from "./images.ts";
import { MemorySource } from "./memory_store.ts";
import { SeededRandom } from "./seeded_random.ts";

/** The repository that is pushed to. */
const NAME = "cool/image";

/** Bytes of a chunk: a layer has several. */
const CHUNK = 8 * 1024;

/** Bytes of a layer's content, at most. */
const MAX_LAYER = 60_000;

/**
 * Milliseconds without a byte that a client bears: more than a machine with
 * much to do ever takes.
 */
const PATIENCE = 1_000;

/** Milliseconds after which a run hangs. */
const DEADLINE = 60_000;

/** What became of a run that did nothing wrong. */
export interface FaultRunResult {
  /** `pushed`, or the message of the error. */
  readonly outcome: string;
  /** What happened to which requests. */
  readonly faults: readonly PlannedFault[];
}

/** What is pushed in a run, and how. */
interface Scene {
  readonly image: BuiltImage;
  readonly plan: ImagePlan;
  readonly source: MemorySource;
  readonly jobs: number;
  readonly stateDir: string;
}

/**
 * Pushes an image through faults. Some pushes are stopped in the middle, and
 * another one goes on.
 *
 * @param seed what the run is made up from: the same again for the same number
 * @param stateDir a new folder for what interrupted pushes leave
 * @throws {Error} when something is wrong in the end: the registry's content or
 *   its tag, an unclear error, a hang, a leak, too many bytes
 */
export async function runWithFaults(
  cluster: FaultCluster,
  seed: number,
  stateDir: string,
): Promise<FaultRunResult> {
  const random = new SeededRandom(seed);
  const scene = await setScene(random, stateDir);
  const total = sizesOf(scene.image).reduce((sum, size) => sum + size, 0);
  const stopAt = random.next() < 0.2 ? random.below(total) : undefined;
  const dealer = new FaultDealer(planFaults(random, CHUNK));
  cluster.dealer = dealer;
  const before = cluster.front.uploaded;
  const stalls: unknown[] = [];
  const notice = (event: RetryEvent) => {
    if (isStall(event.error)) stalls.push(event.error);
  };
  let outcome = await push(cluster, scene, {
    notice,
    ...stopAt !== undefined && { stopAt },
  });
  const stopped = outcome === "stopped";
  if (stopped) outcome = await push(cluster, scene, { notice });
  cluster.dealer = undefined;
  const { dealt: faults } = dealer;
  try {
    const sent = cluster.front.uploaded - before;
    checkSent(scene, { sent, stopped, faults, stalls: stalls.length });
    checkOutcome(outcome, faults);
    await checkRegistry(cluster, scene, outcome);
    if (outcome === "pushed") await checkJournal(scene);
  } catch (error) {
    throw new Error(`After ${describe(faults)}`, { cause: error });
  }
  return { outcome, faults };
}

async function setScene(
  random: SeededRandom,
  stateDir: string,
): Promise<Scene> {
  const layers = Array.from({ length: 1 + random.below(3) }, () => ({
    data: new TextDecoder("latin1").decode(
      random.bytes(random.below(MAX_LAYER)),
    ),
  }));
  const image = buildImage({ layers, compression: "none" });
  const source = new MemorySource().add(image);
  const plan = random.next() < 0.5
    ? await planImage(source, { names: [], root: image.descriptor })
    : { root: draftOf(image), referrers: [], attachments: [], notes: [] };
  // One after the other, the same requests come in the same order each time.
  const jobs = random.pick([1, 3]);
  await Deno.mkdir(stateDir);
  return { image, plan, source, jobs, stateDir };
}

/** The same image as a docker-archive has it: no digest is known beforehand. */
function draftOf({ config, platform, layers }: BuiltImage): ImageDraft {
  return {
    config,
    platform,
    layers: layers.map(({ diffId, tar, descriptor: { mediaType } }) => ({
      diffId,
      storedSize: tar.length,
      content: {
        mediaType,
        identity: diffId,
        open: (offset = 0) =>
          Promise.resolve(ReadableStream.from([tar.slice(offset)])),
      },
    })),
  };
}

function sizesOf({ config, layers }: BuiltImage): readonly number[] {
  return [config.length, ...layers.map(({ blob }) => blob.length)];
}

interface PushOptions {
  /** Bytes after which the push is stopped. */
  readonly stopAt?: number;
  /** Told of what is tried again. */
  readonly notice: (event: RetryEvent) => void;
}

function isStall(error: unknown): boolean {
  return error instanceof ConnectionError && error.stage === "stall" ||
    error instanceof Error && isStall(error.cause);
}

/** @returns `pushed`, `stopped`, or the message of the error */
async function push(
  cluster: FaultCluster,
  scene: Scene,
  options: PushOptions,
): Promise<string> {
  const pushing = pushTo(cluster.server, scene, options);
  const outcome = await withinDeadline(pushing, "The push hangs");
  await withinDeadline(cluster.front.idle(), "Connections stay open");
  return outcome;
}

async function pushTo(
  server: URL,
  scene: Scene,
  { stopAt = Infinity, notice }: PushOptions,
): Promise<string> {
  const { source, plan, jobs } = scene;
  const connection = fakeConnection(server);
  const cluster = clusterTransport(connection, { stallTimeout: PATIENCE });
  const stop = new AbortController();
  const progress = new Map<number, number>();
  const copier = new ImageCopier(source, {
    jobs,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type !== "step-progress") return;
      progress.set(event.step.id, event.bytes);
      const sent = progress.values().reduce((sum, bytes) => sum + bytes, 0);
      if (sent > stopAt) stop.abort(new Error("Stopped"));
    },
  });
  const proxy = new PodProxy(cluster.transport, {
    ...connection,
    chooser: fixedPod("k8scr"),
  });
  const target = registryOf(proxy, scene, notice).repository(NAME);
  try {
    await copier.copy(plan, target, { name: NAME, tags: ["1"] });
    return "pushed";
  } catch (error) {
    return stop.signal.aborted ? "stopped" : clearMessage(error);
  } finally {
    cluster.close();
  }
}

function registryOf(
  { transport }: PodProxy,
  { stateDir }: Scene,
  onRetry: PushOptions["notice"],
): Registry {
  return new Registry(transport, {
    chunkSize: CHUNK,
    // As patient as ever, in less time.
    retry: {
      sleep: (time, signal) => sleep(Math.min(time, 1), signal),
      onRetry,
    },
    journal: new FileJournal({
      directory: stateDir,
      registry: "faults",
      program: "faults",
    }),
  });
}

/** Returns the messages of an error that tell a user what is so, and why. */
function clearMessage(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    messages.push(cause.message);
  }
  const clear = messages.slice(0, 2)
    .every((message) => /^(?:Cannot|The connection) /.test(message));
  if (clear && messages.length > 0) return messages.join(": ");
  throw new Error("The error is not clear", { cause: error });
}

/** A chunk for each fault; a blob that arrived corrupted is sent again whole. */
function checkSent(
  { image, jobs }: Scene,
  { sent, stopped, faults, stalls }: {
    readonly sent: number;
    readonly stopped: boolean;
    readonly faults: readonly PlannedFault[];
    readonly stalls: number;
  },
): void {
  const sizes = sizesOf(image);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const costs = faults.map(({ fault }) =>
    fault.kind === "corrupt" ? Math.max(...sizes) : CHUNK
  );
  if (stopped) costs.push(jobs * CHUNK);
  // A host with too much to do stalls connections of its own.
  const planned = faults.filter(({ fault }) => fault.kind === "stall").length;
  for (let other = planned; other < stalls; other++) costs.push(CHUNK);
  const allowed = costs.reduce((sum, cost) => sum + cost, 1.05 * total);
  if (sent > allowed) {
    throw new Error(
      `Too much was sent: ${sent} bytes of ${total}, must be ${allowed} at most`,
    );
  }
}

/** Only what looks like a refusal may end a push. */
function checkOutcome(
  outcome: string,
  faults: readonly PlannedFault[],
): void {
  if (outcome === "pushed") return;
  const refused = faults.some(({ fault }) =>
    fault.kind === "corrupt" || fault.kind === "answer" && fault.status === 413
  );
  if (!refused) throw new Error(`The push failed: ${outcome}`);
}

/** What the registry itself says: the image is there, or its tag is not. */
async function checkRegistry(
  { registryUrl }: FaultCluster,
  { image: { descriptor, blobs } }: Scene,
  outcome: string,
): Promise<void> {
  const base = `${registryUrl}/v2/${NAME}`;
  const headers = { accept: descriptor.mediaType };
  const tagged = await fetch(`${base}/manifests/1`, { headers });
  const bytes = new Uint8Array(await tagged.arrayBuffer());
  if (tagged.status === 404 && outcome !== "pushed") return;
  if (digestOf(bytes) !== descriptor.digest) {
    throw new Error(`The tag leads to something else after: ${outcome}`);
  }
  for (const digest of blobs.keys()) {
    if (digest === descriptor.digest) continue;
    const answer = await fetch(`${base}/blobs/${digest}`);
    const blob = new Uint8Array(await answer.arrayBuffer());
    if (digestOf(blob) !== digest) {
      throw new Error(`The blob ${digest} is wrong`);
    }
  }
}

async function checkJournal({ stateDir }: Scene): Promise<void> {
  for await (const { name } of Deno.readDir(stateDir)) {
    throw new Error(`The journal still has ${name}`);
  }
}

function describe(faults: readonly PlannedFault[]): string {
  const lines = faults.map(({ hop, request, after, fault }) =>
    `${hop}, ${request} ${after + 1}: ${JSON.stringify(fault)}`
  );
  return lines.join("; ") || "no fault";
}

async function withinDeadline<T>(work: Promise<T>, fault: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(fault)), DEADLINE);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
