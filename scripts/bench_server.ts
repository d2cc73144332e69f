/**
 * Measures the registry server against distribution, in turns, so that both
 * meet the same machine: push and pull of one blob, then of four at once.
 *
 *     deno run -A scripts/bench_server.ts [--mib 1024] [--rounds 5]
 *         [--distribution FILE]   distribution's `registry`; left out without it
 *         [--k8scr FILE]...       compiled `k8scr`s; default: this source
 *         [--bare]                also a server that does nothing but move bytes
 */
import { writeFully } from "../src/content/file_access.ts";
import { createHash, randomFillSync } from "node:crypto";
import { parseArgs } from "node:util";
import {
  bareDeno,
  distribution,
  k8scr,
  type ServerContender,
} from "./bench_server_contender.ts";

const MIB = 1024 * 1024;
const BLOCK = MIB;
const CLIENTS = 4;

/** A contender that runs. */
interface Runner extends ServerContender {
  readonly port: number;
  readonly directory: string;
  readonly process: Deno.ChildProcess;
}

/** Bytes that are pushed: one block of noise, repeated after a mark. */
class TestBlob {
  readonly size: number;
  readonly digest: string;
  readonly #noise = new Uint8Array(BLOCK);

  constructor(mib: number) {
    randomFillSync(this.#noise);
    this.size = mib * BLOCK;
    const hash = createHash("sha256");
    for (const block of this.blocks()) hash.update(block);
    this.digest = `sha256:${hash.digest("hex")}`;
  }

  *blocks(): Generator<Uint8Array> {
    for (let sent = 0; sent < this.size; sent += BLOCK) yield this.#noise;
  }
}

/**
 * Speaks HTTP over a bare connection: `fetch` would cost more than the servers
 * that are measured.
 */
class Client implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #block = new Uint8Array(BLOCK);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<Client> {
    return new Client(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  async push(blob: TestBlob): Promise<void> {
    const path = "/v2/bench/blobs/uploads/";
    const { head } = await this.#ask(`POST ${path}`, 0);
    const location = /^location: (\S+)/im.exec(head)?.[1] ?? "";
    const { pathname, search } = new URL(location, "http://127.0.0.1");
    const query = `${search}${search === "" ? "?" : "&"}digest=${blob.digest}`;
    await this.#send(`PUT ${pathname}${query}`, blob.size);
    for (const block of blob.blocks()) {
      await writeFully(this.#connection, block);
    }
    expectStatus((await this.#head()).head, 201);
  }

  async pull(blob: TestBlob): Promise<void> {
    const { head, rest } = await this.#ask(
      `GET /v2/bench/blobs/${blob.digest}`,
    );
    expectStatus(head, 200);
    let left = blob.size - rest;
    while (left > 0) {
      const read = await this.#connection.read(this.#block);
      if (read === null) throw new Error("Cannot pull: the connection ended");
      left -= read;
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #ask(request: string, length?: number) {
    await this.#send(request, length);
    return await this.#head();
  }

  async #send(request: string, length?: number): Promise<void> {
    const field = length === undefined ? "" : `Content-Length: ${length}\r\n`;
    const text = `${request} HTTP/1.1\r\nHost: 127.0.0.1\r\n${field}\r\n`;
    await writeFully(this.#connection, new TextEncoder().encode(text));
  }

  /** Reads a head, and counts the bytes of the body that came with it. */
  async #head(): Promise<{ head: string; rest: number }> {
    let text = "";
    for (;;) {
      const read = await this.#connection.read(this.#block);
      if (read === null) throw new Error("Cannot read: the connection ended");
      // Latin-1 has a character for each byte, so that lengths are right.
      text += new TextDecoder("latin1").decode(this.#block.subarray(0, read));
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) continue;
      return { head: text.slice(0, end), rest: text.length - end - 4 };
    }
  }
}

function expectStatus(head: string, status: number): void {
  if (head.startsWith(`HTTP/1.1 ${status} `)) return;
  throw new Error(`Cannot go on: the answer is not ${status}\n${head}`);
}

async function start(contender: ServerContender): Promise<Runner> {
  const directory = await Deno.makeTempDir({ prefix: "k8scr-bench-" });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const [program = "", ...args] = await contender.command(port, directory);
  const process = new Deno.Command(program, {
    args,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const runner = { ...contender, port, directory, process };
  try {
    await untilServing(port);
    return runner;
  } catch (error) {
    await stop(runner);
    throw error;
  }
}

async function untilServing(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      using _client = await Client.connect(port);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("Cannot measure: the server does not start");
}

async function stop({ process, directory }: Runner): Promise<void> {
  process.kill("SIGKILL");
  await process.status;
  await Deno.remove(directory, { recursive: true });
}

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return (performance.now() - started) / 1000;
}

/** What a server used, where the system tells it. */
interface Usage {
  /** Peak resident memory, in MiB. */
  readonly memory: number;
  /** Time of the processors, in seconds. */
  readonly processor: number;
}

/** Ticks in a second, as `getconf CLK_TCK` has it on every Linux of today. */
const TICKS = 100;

async function usageOf({ process }: Runner): Promise<Usage> {
  if (Deno.build.os !== "linux") return { memory: NaN, processor: NaN };
  const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
  const kib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
  const stat = await Deno.readTextFile(`/proc/${process.pid}/stat`);
  // After the name, which may hold spaces: user and system are 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { memory: kib / 1024, processor: ticks / TICKS };
}

type Times = Record<"push" | "pull" | "push4" | "pull4", number[]>;

async function measure(
  { port }: Runner,
  { blobs, times }: { blobs: readonly TestBlob[]; times: Times },
): Promise<void> {
  const all = async (action: "push" | "pull", some: readonly TestBlob[]) => {
    const clients = await Promise.all(some.map(() => Client.connect(port)));
    const took = await seconds(() =>
      Promise.all(some.map((blob, index) => clients[index]?.[action](blob)))
    );
    for (const client of clients) client[Symbol.dispose]();
    return took;
  };
  // Clients do not send what a registry has, so the first blob goes alone.
  const [first, others] = [blobs.slice(0, 1), blobs.slice(1)];
  times.push.push(await all("push", first));
  times.pull.push(await all("pull", first));
  times.push4.push(await all("push", others));
  times.pull4.push(await all("pull", others));
}

function summary(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return `${median.toFixed(2)} s (best ${(sorted[0] ?? NaN).toFixed(2)})`;
}

/** What was measured of a contender. */
interface Entry {
  readonly contender: ServerContender;
  readonly times: Times;
  readonly usages: Usage[];
}

function report({ contender, times, usages }: Entry): void {
  const memory = Math.max(...usages.map((it) => it.memory)).toFixed(0);
  const processor = summary(usages.map((it) => it.processor));
  console.log(`\n${contender.name}: ${memory} MiB peak resident memory`);
  console.log(`  CPU    ${processor}`);
  for (const [name, values] of Object.entries(times)) {
    console.log(`  ${name.padEnd(6)} ${summary(values)}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      mib: { type: "string", default: "1024" },
      rounds: { type: "string", default: "5" },
      distribution: { type: "string" },
      k8scr: { type: "string", multiple: true },
      bare: { type: "boolean" },
    },
  });
  const contenders = [
    ...values.k8scr?.map(k8scr) ?? [k8scr()],
    ...values.bare ? [bareDeno()] : [],
    ...values.distribution === undefined
      ? []
      : [distribution(values.distribution)],
  ];
  const mib = Number(values.mib);
  const blobs = Array.from({ length: 1 + CLIENTS }, () => new TestBlob(mib));
  const entries = contenders.map((contender): Entry => ({
    contender,
    times: { push: [], pull: [], push4: [], pull4: [] },
    usages: [],
  }));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const entry of entries) {
      const runner = await start(entry.contender);
      try {
        await measure(runner, { blobs, times: entry.times });
        entry.usages.push(await usageOf(runner));
      } finally {
        await stop(runner);
      }
    }
  }
  console.log(`${mib} MiB, median of ${values.rounds}`);
  for (const entry of entries) report(entry);
}

await main();
