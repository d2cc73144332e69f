import { strict as assert } from "node:assert";
import { type ClusterUser, kubeconfigOf } from "./cluster.ts";
import { programPath } from "./program.ts";
import type { Registry } from "./registries.ts";

/** `k8scr proxy`, while it runs. */
export interface RunningProxy {
  /** Host and port that it listens on. */
  readonly address: string;
  /** Its standard error so far. */
  readonly stderr: string;
  /** Resolves when a line of standard error matches. */
  line(pattern: RegExp): Promise<void>;
  /** Returns the largest resident set so far, in bytes. */
  peakMemory(): Promise<number>;
}

/** Options for {@linkcode withProxy}. */
export interface ProxyOptions {
  /** Whose kubeconfig it uses; default the administrator's. */
  readonly user?: ClusterUser;
  /** More flags. */
  readonly flags?: readonly string[];
}

/**
 * Runs an action while the compiled program is a proxy to a registry, and
 * asserts that Ctrl-C ends it well.
 */
export async function withProxy(
  registry: Pick<Registry, "target" | "namespace">,
  action: (proxy: RunningProxy) => Promise<void>,
  options: ProxyOptions = {},
): Promise<void> {
  const { user = "admin", flags = [] } = options;
  const process = new Deno.Command(programPath(), {
    args: [
      ...["proxy", "--listen", "127.0.0.1:0"],
      ...["-r", registry.target, "-n", registry.namespace, ...flags],
    ],
    env: { KUBECONFIG: kubeconfigOf(user) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new LineReader(process.stderr);
  const output = new LineReader(process.stdout);
  try {
    await Promise.race([output.line(/^\S+:\d+$/), errors.ended]);
    assert.match(output.text, /^127\.0\.0\.1:\d+\n$/, errors.text);
    await action({
      address: output.text.trim(),
      get stderr() {
        return errors.text;
      },
      line: (pattern) => errors.line(pattern),
      peakMemory: () => peakMemory(process.pid),
    });
  } finally {
    process.kill("SIGINT");
    await Promise.all([output.ended, errors.ended]);
    const { code } = await process.status;
    assert.equal(code, 0, errors.text);
  }
}

class LineReader {
  text = "";
  /** Resolves at the end of the stream. */
  readonly ended: Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#read(stream);
  }

  line(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.text.split("\n").some((line) => pattern.test(line))) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      for (const look of this.#waiting) look();
    }
  }
}

async function peakMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const [, kibibytes = ""] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return 1024 * Number(kibibytes);
}
