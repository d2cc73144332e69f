/**
 * Compares `k8scr proxy` with `kubectl port-forward`: the same clients send the
 * same bytes to the same registry and fetch them, once through each, turn by
 * turn. `kubectl proxy` is measured as well where the client can take a path in
 * front of `/v2/`: like `k8scr proxy` it uses the Pod's proxy subresource.
 *
 * The bytes do not compress. curl does nothing with them, so its rates are those
 * of the way; crane and skopeo hash and store on top of that.
 *
 *     deno run -A scripts/bench_proxy.ts [-n NAMESPACE] [-r POD:PORT]
 *
 * `kubectl`, `crane`, `skopeo` and `curl` are on the PATH, the kubeconfig leads to a
 * cluster where the registry runs, and the program is in `dist/k8scr` or
 * `$K8SCR_BINARY`.
 */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";

const ROUNDS = 3;
const LAYERS = 4;
const LAYER_BYTES = 64 * 1024 * 1024;

interface Way {
  readonly name: string;
  readonly address: string;
  /** What is in front of `/v2/`. */
  readonly path: string;
  readonly process: Deno.ChildProcess;
}

interface Layer {
  readonly path: string;
  readonly digest: string;
}

/** Starts a command and waits for the address in its output. */
async function startWay(
  name: string,
  command: string[],
  path = "",
): Promise<Way> {
  const [file = "", ...args] = command;
  const process = new Deno.Command(file, { args, stdout: "piped" }).spawn();
  const [shown, rest] = process.stdout.tee();
  // The output is read to its end, whether or not it is of interest.
  rest.pipeTo(new WritableStream());
  let text = "";
  for await (const part of shown.pipeThrough(new TextDecoderStream())) {
    text += part;
    const [address] = /127\.0\.0\.1:\d+/.exec(text) ?? [];
    if (address !== undefined) return { name, address, path, process };
  }
  throw new Error(`Cannot start "${command.join(" ")}": it ended`);
}

/** Writes a layout whose layers do not compress, and returns them. */
async function writeImage(folder: string): Promise<Layer[]> {
  const blobs = join(folder, "blobs", "sha256");
  await Deno.mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array | string) => {
    const content = typeof bytes === "string"
      ? new TextEncoder().encode(bytes)
      : bytes;
    const hex = createHash("sha256").update(content).digest("hex");
    await Deno.writeFile(join(blobs, hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const type = (name: string) => `application/vnd.oci.image.${name}`;
  const layers = [];
  for (let i = 0; i < LAYERS; i++) {
    layers.push(await put(type("layer.v1.tar"), randomBytes(LAYER_BYTES)));
  }
  const rootfs = { type: "layers", "diff_ids": layers.map((x) => x.digest) };
  const config = await put(
    type("config.v1+json"),
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs }),
  );
  const mediaType = type("manifest.v1+json");
  const manifest = await put(
    mediaType,
    JSON.stringify({ schemaVersion: 2, mediaType, config, layers }),
  );
  await Deno.writeTextFile(
    join(folder, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [manifest] }),
  );
  await Deno.writeTextFile(
    join(folder, "oci-layout"),
    JSON.stringify({ imageLayoutVersion: "1.0.0" }),
  );
  return layers.map(({ digest }) => ({
    digest,
    path: join(blobs, digest.slice("sha256:".length)),
  }));
}

async function run(...command: readonly string[]): Promise<void> {
  const [file = "", ...args] = command;
  const { code, stderr } = await new Deno.Command(file, {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code === 0) return;
  throw new Error(
    `Cannot run "${command.join(" ")}": ${new TextDecoder().decode(stderr)}`,
  );
}

/**
 * Sends a layer into an upload session, which is then dropped; in chunks of HTTP
 * as docker, skopeo and crane send it, who do not say its length.
 */
async function send({ address, path }: Way, layer: Layer): Promise<void> {
  const origin = `http://${address}`;
  const start = await fetch(`${origin}${path}/v2/bench/curl/blobs/uploads/`, {
    method: "POST",
  });
  await start.body?.cancel();
  const location = new URL(start.headers.get("location") ?? "", origin);
  await run(
    ...["curl", "-sSf", "-X", "PATCH", "-T", layer.path, "-H", "Expect:"],
    ...["-H", "Content-Type: application/octet-stream"],
    ...["-H", "Transfer-Encoding: chunked"],
    `${origin}${location.pathname}${location.search}`,
  );
}

async function receive(
  { address, path }: Way,
  { digest }: Layer,
): Promise<void> {
  const url = `http://${address}${path}/v2/bench/image/blobs/${digest}`;
  await run("curl", "-sSf", "-o", "/dev/null", url);
}

interface Job {
  readonly name: string;
  /** Whether the client takes a path in front of `/v2/`. */
  readonly takesPath: boolean;
  readonly run: (way: Way, turn: string) => Promise<unknown>;
}

function jobs(layers: readonly Layer[], folder: string): readonly Job[] {
  const image = join(folder, "image");
  const pulled = (turn: string) => join(folder, "pulled", turn);
  const curl = (name: string, work: typeof send): Job => ({
    name: `curl, 4 ${name} at once`,
    takesPath: true,
    run: (way) => Promise.all(layers.map((layer) => work(way, layer))),
  });
  const tool = (
    name: string,
    command: (address: string, turn: string) => string[],
  ): Job => ({
    name,
    takesPath: false,
    run: ({ address }, turn) => run(...command(address, turn)),
  });
  return [
    curl("uploads", send),
    curl("downloads", receive),
    tool("crane push", (address, turn) => [
      ...["crane", "push", image, `${address}/bench/crane-${turn}:1`],
    ]),
    tool("crane pull", (address, turn) => [
      ...["crane", "pull", "--format", "oci", `${address}/bench/image:1`],
      pulled(`crane-${turn}`),
    ]),
    tool("skopeo pull", (address, turn) => [
      ...["skopeo", "copy", "-q", "--src-tls-verify=false"],
      ...[`docker://${address}/bench/image:1`, `dir:${pulled(turn)}`],
    ]),
  ];
}

/** Returns the seconds of each job by each way; what was pulled is deleted. */
async function measure(
  ways: readonly Way[],
  work: readonly Job[],
  pulled: string,
): Promise<ReadonlyMap<string, number[]>> {
  const times = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const job of work) {
      for (const way of round % 2 ? ways.toReversed() : ways) {
        if (way.path !== "" && !job.takesPath) continue;
        const turn = `${way.name.replaceAll(" ", "-")}-${round}`;
        await Deno.mkdir(pulled);
        const started = performance.now();
        await job.run(way, turn);
        const seconds = (performance.now() - started) / 1000;
        await Deno.remove(pulled, { recursive: true });
        const key = `${job.name} by ${way.name}`;
        times.set(key, [...times.get(key) ?? [], seconds]);
      }
    }
  }
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function compare(ways: readonly Way[], folder: string): Promise<void> {
  const image = join(folder, "image");
  const layers = await writeImage(image);
  const [first] = ways;
  if (first === undefined) return;
  await run("crane", "push", image, `${first.address}/bench/image:1`);
  const work = jobs(layers, folder);
  const times = await measure(ways, work, join(folder, "pulled"));
  const megabytes = LAYERS * LAYER_BYTES / 1e6;
  for (const { name: job } of work) {
    const rates = ways.flatMap(({ name }) => {
      const seconds = times.get(`${job} by ${name}`);
      return seconds ? [{ name, rate: megabytes / median(seconds) }] : [];
    });
    const [ours, theirs] = rates;
    const shown = rates.map(({ name, rate }) => `${name} ${rate.toFixed(0)}`);
    const factor = (ours?.rate ?? NaN) / (theirs?.rate ?? NaN);
    console.log(
      `${job}: ${shown.join(", ")} MB/s; ${factor.toFixed(2)} times`,
    );
  }
}

if (import.meta.main) {
  const { values: { namespace, registry } } = parseArgs({
    args: Deno.args,
    options: {
      namespace: { type: "string", short: "n", default: "default" },
      registry: { type: "string", short: "r", default: "k8scr:5000" },
    },
  });
  const program = Deno.env.get("K8SCR_BINARY") ?? "dist/k8scr";
  const [pod = "", port = "80"] = registry.split(":");
  const folder = await Deno.makeTempDir({ prefix: "k8scr-bench-" });
  const ways = [
    await startWay("k8scr proxy", [
      ...[program, "proxy", "--listen", "127.0.0.1:0", "-q"],
      ...["-n", namespace, "-r", registry],
    ]),
    await startWay("kubectl port-forward", [
      ...["kubectl", "port-forward", "-n", namespace],
      ...[`pod/${pod}`, `:${port}`, "--address", "127.0.0.1"],
    ]),
    await startWay(
      "kubectl proxy",
      ["kubectl", "proxy", "--port", "0"],
      `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy`,
    ),
  ];
  try {
    await compare(ways, folder);
  } finally {
    for (const { process } of ways) process.kill("SIGINT");
    await Promise.all(ways.map(({ process }) => process.status));
    await Deno.remove(folder, { recursive: true });
  }
}
