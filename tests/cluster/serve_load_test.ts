/** Memory, slow clients, and a disk that is full. */
import { strict as assert } from "node:assert";
import { createHash, randomFillSync } from "node:crypto";
import { join } from "node:path";
import { succeed } from "./support/command.ts";
import { Scratch } from "./support/scratch.ts";
import {
  assertSound,
  ServeProcess,
  withServe,
} from "./support/serve_process.ts";

const MEBIBYTE = 1024 * 1024;
const MAX_MEMORY = 150_000_000;
/** For 600 clients, each of which holds a part of an answer or of a body. */
const MAX_MEMORY_OF_MANY = 300_000_000;

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

/** A blob that repeats a mebibyte of noise and is never whole in memory. */
class NoiseBlob {
  readonly size: number;
  readonly digest: string;
  readonly #noise: Uint8Array<ArrayBuffer> = randomFillSync(
    new Uint8Array(MEBIBYTE),
  );

  constructor(mebibytes: number) {
    this.size = mebibytes * MEBIBYTE;
    const hash = createHash("sha256");
    for (const piece of this.pieces()) hash.update(piece);
    this.digest = `sha256:${hash.digest("hex")}`;
  }

  *pieces(): Generator<Uint8Array<ArrayBuffer>> {
    for (let sent = 0; sent < this.size; sent += MEBIBYTE) yield this.#noise;
  }

  /** Sends it in one request and returns the status. */
  async push(address: string): Promise<number> {
    const body = ReadableStream.from(
      this.pieces().map((piece) => piece.slice()),
    );
    const query = `digest=${this.digest}`;
    const response = await fetch(
      `http://${address}/v2/a/blobs/uploads/?${query}`,
      { method: "POST", body },
    );
    await response.body?.cancel();
    return response.status;
  }

  /** Reads it and compares all bytes. */
  async pull(address: string): Promise<void> {
    const response = await fetch(
      `http://${address}/v2/a/blobs/${this.digest}`,
    );
    assert.equal(response.status, 200);
    const hash = createHash("sha256");
    for await (const piece of response.body ?? []) hash.update(piece);
    assert.equal(`sha256:${hash.digest("hex")}`, this.digest);
  }
}

Deno.test("serve holds four clients with 1 GiB each in 150 MB", async () => {
  const server = new ServeProcess(join(await scratch.folder("four"), "data"));
  await withServe(server, async () => {
    const blobs = Array.from({ length: 4 }, () => new NoiseBlob(1024));
    const { address } = server;
    const statuses = await Promise.all(blobs.map((it) => it.push(address)));
    assert.deepEqual(statuses, [201, 201, 201, 201]);
    await Promise.all(blobs.map((it) => it.pull(address)));
    const peak = await server.peakMemory();
    assert.ok(peak < MAX_MEMORY, `${peak} bytes`);
  });
});

Deno.test("serve is not held by clients that do not move", async () => {
  const server = new ServeProcess(join(await scratch.folder("slow"), "data"));
  const connections: Deno.Conn[] = [];
  await withServe(server, async () => {
    const { address } = server;
    const blob = new NoiseBlob(64);
    assert.equal(await blob.push(address), 201);
    try {
      for (let client = 0; client < 200; client++) {
        connections.push(
          await ask(address, `GET /v2/a/blobs/${blob.digest} HTTP/1.1`),
          await ask(address, "GET /v2/ HTT", ""),
          await ask(
            address,
            "POST /v2/a/blobs/uploads/?digest=sha256:" + "a".repeat(64) +
              " HTTP/1.1\r\nContent-Length: 1000000",
          ),
        );
      }
      await blob.pull(address);
      assert.equal(await new NoiseBlob(8).push(address), 201);
      const peak = await server.peakMemory();
      assert.ok(peak < MAX_MEMORY_OF_MANY, `${peak} bytes`);
    } finally {
      for (const connection of connections) connection.close();
    }
  });
});

/** Sends the head of a request, and nothing more. */
async function ask(
  address: string,
  request: string,
  rest = `\r\nHost: ${address}\r\n\r\n`,
): Promise<Deno.Conn> {
  const [hostname = "", port = ""] = address.split(":");
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request + rest));
  return connection;
}

Deno.test("serve with a full disk refuses, and loses nothing", async () => {
  const disk = await scratch.folder("disk");
  await succeed(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]);
  try {
    const server = new ServeProcess(join(disk, "data"));
    await withServe(server, async () => {
      const { address } = server;
      const [first, large, second] = [16, 100, 16].map((size) =>
        new NoiseBlob(size)
      );
      assert.equal(await first?.push(address), 201);
      assert.equal(await large?.push(address), 507);
      await first?.pull(address);
      // The room of what was refused is free again.
      assert.equal(await second?.push(address), 201);
      await second?.pull(address);
    });
    await assertSound(server);
  } finally {
    await succeed(["umount", disk]);
  }
});

Deno.test("serve with --max-size refuses more, and loses nothing", async () => {
  const server = new ServeProcess(join(await scratch.folder("max"), "data"), [
    ...["--max-size", "20Mi"],
  ]);
  await withServe(server, async () => {
    const { address } = server;
    const blob = new NoiseBlob(16);
    assert.equal(await blob.push(address), 201);
    assert.equal(await new NoiseBlob(8).push(address), 507);
    await blob.pull(address);
  });
  await assertSound(server);
});
