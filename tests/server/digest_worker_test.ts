import { strict as assert } from "node:assert";
import type {
  DigestOrder,
  DigestReport,
} from "../../src/server/digest_protocol.ts";
import { withDirectory } from "./registry_fixture.ts";

/** Of so many zeros, as `head -c 30000000 /dev/zero | sha256sum` has it. */
const MANY = 30_000_000;
const DIGEST_OF_MANY =
  "sha256:5cea420a169be50cd615ee30e570f980afb5eb88e8431d652202fc99df58ed7d";
const DIGEST_OF_HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/** The worker itself, spoken to without anything between. */
class BareWorker implements Disposable {
  readonly #worker = new Worker(
    new URL("../../src/server/digest_worker.ts", import.meta.url),
    { type: "module" },
  );
  readonly #reports: DigestReport[] = [];
  #wake = () => {};

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<DigestReport>) => {
      this.#reports.push(data);
      this.#wake();
    };
  }

  order(...orders: readonly DigestOrder[]): void {
    for (const order of orders) this.#worker.postMessage(order);
  }

  async next(): Promise<DigestReport> {
    for (;;) {
      const report = this.#reports.shift();
      if (report !== undefined) return report;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

async function withFiles(
  action: (worker: BareWorker, many: string, hello: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const [many, hello] = [`${directory}/many`, `${directory}/hello`];
    await Deno.writeFile(many, new Uint8Array(MANY));
    await Deno.writeTextFile(hello, "hello");
    using worker = new BareWorker();
    await action(worker, many, hello);
  });
}

Deno.test("the digest worker gives each of its files a turn", async () => {
  await withFiles(async (worker, many, hello) => {
    worker.order(
      { type: "start", id: 1, path: many, algorithm: "sha256" },
      { type: "start", id: 2, path: hello, algorithm: "sha256" },
      { type: "finish", id: 1 },
      { type: "finish", id: 2 },
    );
    const digest = DIGEST_OF_HELLO;
    assert.deepEqual(await worker.next(), { type: "done", id: 2, digest });
    assert.deepEqual(await worker.next(), {
      type: "done",
      id: 1,
      digest: DIGEST_OF_MANY,
    });
  });
});

Deno.test("the digest worker digests a file while it grows", async () => {
  await withFiles(async (worker, _many, path) => {
    worker.order(
      { type: "start", id: 1, path, algorithm: "sha256" },
      // More than there is, as when the file was cut off since.
      { type: "advance", id: 1, end: 9 },
      { type: "start", id: 2, path, algorithm: "sha256" },
      { type: "finish", id: 2 },
    );
    assert.equal((await worker.next()).id, 2);
    await Deno.writeTextFile(path, " world", { append: true });
    worker.order({ type: "finish", id: 1 });
    assert.deepEqual(await worker.next(), {
      type: "done",
      id: 1,
      digest:
        "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    });
  });
});

Deno.test("the digest worker says nothing of a file that was dropped", async () => {
  await withFiles(async (worker, many, path) => {
    worker.order(
      { type: "start", id: 1, path: many, algorithm: "sha256" },
      { type: "finish", id: 1 },
      { type: "drop", id: 1 },
      { type: "finish", id: 1 },
      { type: "start", id: 2, path, algorithm: "sha512" },
      { type: "finish", id: 2 },
    );
    const report = await worker.next();
    assert.equal(report.id, 2);
    assert.match(report.type === "done" ? report.digest : "", /^sha512:9b71d/);
  });
});

Deno.test("the digest worker goes on after a file that cannot be read", async () => {
  await withFiles(async (worker, many, path) => {
    worker.order(
      { type: "start", id: 1, path: `${many}/no`, algorithm: "sha256" },
      { type: "finish", id: 1 },
    );
    const report = await worker.next();
    assert.equal(report.type, "failed");
    worker.order(
      { type: "start", id: 2, path, algorithm: "sha256" },
      { type: "finish", id: 2 },
    );
    assert.equal((await worker.next()).type, "done");
  });
});
