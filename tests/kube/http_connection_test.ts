import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect } from "node:net";
import {
  ExchangeError,
  HttpConnection,
} from "../../src/kube/http_connection.ts";
import {
  type FakeRawConnection,
  startFakeRawServer,
} from "../support/fake_raw_server.ts";

interface ExchangeInit {
  readonly method?: string;
  readonly body?: ReadableStream<Uint8Array> | null;
  readonly length?: number;
  readonly signal?: AbortSignal;
  readonly stallTimeout?: number;
}

interface Client {
  readonly connection: HttpConnection;
  readonly freed: boolean[];
  send(init?: ExchangeInit): Promise<Response>;
}

async function withClient(
  serve: (connection: FakeRawConnection) => Promise<void>,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  await using server = startFakeRawServer(serve);
  const socket = connect(Number(server.url.port), "127.0.0.1");
  await once(socket, "connect");
  const connection = new HttpConnection(socket);
  const freed: boolean[] = [];
  const send = (
    { method = "PATCH", body = null, ...rest }: ExchangeInit = {},
  ) =>
    connection.exchange({
      head: { method, target: "/upload", headers: framing(rest.length) },
      body,
      ...(rest.length === undefined ? {} : { length: rest.length }),
      signal: rest.signal ?? new AbortController().signal,
      stallTimeout: rest.stallTimeout ?? 5000,
      onFree: (reusable) => freed.push(reusable),
      explain: (reason) => reason,
    });
  try {
    await work({ connection, freed, send });
  } finally {
    connection.destroy();
    if (!socket.closed) await once(socket, "close");
  }
}

function framing(length: number | undefined): [string, string][] {
  return length === undefined
    ? [["transfer-encoding", "chunked"]]
    : [["content-length", String(length)]];
}

function streamOf(
  pieces: readonly Uint8Array[],
  onCancel: () => void = () => {},
): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
    cancel: onCancel,
  }, { highWaterMark: 0 });
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

const CREATED = "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";

Deno.test("HttpConnection sends a body with its length", async () => {
  let received = new Uint8Array();
  await withClient(async (connection) => {
    assert.match(await connection.readHead(), /content-length: 200003$/);
    received = new Uint8Array(await connection.readBytes(200_003));
    await connection.write(CREATED);
    await connection.readToEnd();
  }, async ({ send, freed, connection }) => {
    const body = streamOf([filled(200_000, 1), filled(3, 2)]);
    const response = await send({ body, length: 200_003 });
    assert.equal(response.status, 201);
    assert.equal(response.body, null);
    assert.deepEqual(freed, [true]);
    assert(connection.open);
  });
  assert.deepEqual([...received.subarray(199_999, 200_003)], [1, 2, 2, 2]);
});

Deno.test("HttpConnection sends a body of unknown length in chunks", async () => {
  let text = "";
  await withClient(async (connection) => {
    await connection.readHead();
    const bytes = await connection.readBytes(
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".length,
    );
    text = new TextDecoder().decode(bytes);
    await connection.write(CREATED);
    await connection.readToEnd();
  }, async ({ send }) => {
    const pieces = ["abc", "", "de"].map((piece) =>
      new TextEncoder().encode(piece)
    );
    assert.equal((await send({ body: streamOf(pieces) })).status, 201);
  });
  assert.equal(text, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
});

Deno.test("HttpConnection hears a refusal that comes before the body is sent", async () => {
  let cancelled = false;
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(
      "HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig",
    );
    await connection.end();
    await connection.readToEnd();
  }, async ({ send, freed }) => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(filled(65_536, 1));
      },
      cancel: () => {
        cancelled = true;
      },
    }, { highWaterMark: 0 });
    const response = await send({ body, length: 2 ** 40 });
    assert.equal(response.status, 413);
    assert.equal(await response.text(), "big");
    assert.deepEqual(freed, [false]);
    assert(sent < 1 << 30);
  });
  assert(cancelled);
});

Deno.test("HttpConnection skips answers that only announce the real one", async () => {
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(`HTTP/1.1 100 Continue\r\n\r\n${CREATED}`);
    await connection.readToEnd();
  }, async ({ send }) => {
    assert.equal((await send({ length: 0 })).status, 201);
  });
});

Deno.test("HttpConnection fails when the source gives another length", async () => {
  for (const [given, said] of [[3, 5], [7, 5]] as const) {
    await withClient(async (connection) => {
      await connection.readHead();
      await connection.readToEnd();
    }, async ({ send, freed }) => {
      await assert.rejects(
        send({ body: streamOf([filled(given, 1)]), length: said }),
        {
          name: "RangeError",
          message:
            `Cannot send the body of ${said} bytes: its source gave ${given} bytes`,
        },
      );
      assert.deepEqual(freed, [false]);
    });
  }
});

Deno.test("HttpConnection passes on the error of the body's source", async () => {
  const reason = new Error("Cannot read the disk");
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.readToEnd();
  }, async ({ send }) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(reason),
    });
    await assert.rejects(
      send({ body, length: 5 }),
      (error) => error === reason,
    );
  });
});

Deno.test("HttpConnection gives up when the other side takes nothing more", async () => {
  const gate = Promise.withResolvers<void>();
  await withClient(async (connection) => {
    await connection.readHead();
    await gate.promise;
  }, async ({ send }) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(filled(1 << 20, 1)),
    }, { highWaterMark: 0 });
    const failure = await send({ body, length: 2 ** 40, stallTimeout: 100 })
      .catch((reason: unknown) => reason);
    gate.resolve();
    assert(failure instanceof ExchangeError);
    assert(failure.stalled);
  });
});

Deno.test("HttpConnection does not count the time that the source takes", async () => {
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.readBytes(3);
    await connection.write(CREATED);
    await connection.readToEnd();
  }, async ({ send }) => {
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        controller.enqueue(filled(3, 1));
        controller.close();
      },
    }, { highWaterMark: 0 });
    const response = await send({ body, length: 3, stallTimeout: 20 });
    assert.equal(response.status, 201);
  });
});

Deno.test("HttpConnection closes when the reader cancels", async () => {
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(
      "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart",
    );
    await connection.readToEnd();
  }, async ({ send, freed, connection }) => {
    const response = await send({ method: "GET", length: 0 });
    await response.body?.cancel();
    assert.deepEqual(freed, [false]);
    assert(!connection.open);
  });
});

Deno.test("HttpConnection aborts in the middle of an answer", async () => {
  const controller = new AbortController();
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(
      "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart",
    );
    await connection.readToEnd();
  }, async ({ send }) => {
    const { signal } = controller;
    const response = await send({ method: "GET", length: 0, signal });
    const reason = new Error("Interrupted");
    const text = response.text();
    controller.abort(reason);
    await assert.rejects(text, (error) => error === reason);
  });
});

Deno.test("HttpConnection is not used again after `connection: close`", async () => {
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    );
    await connection.readToEnd();
  }, async ({ send, freed }) => {
    assert.equal(await (await send({ length: 0 })).text(), "ok");
    assert.deepEqual(freed, [false]);
  });
});

Deno.test("HttpConnection is not used again when bytes follow the answer", async () => {
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(`${CREATED}HTTP/1.1 200 OK\r\n\r\n`);
    await connection.readToEnd();
  }, async ({ send, connection }) => {
    assert.equal((await send({ length: 0 })).status, 201);
    assert(!connection.open);
  });
});

Deno.test("HttpConnection reads no faster than its reader", async () => {
  const size = 64 << 20;
  const piece = filled(1 << 20, 1);
  let written = 0;
  await withClient(async (connection) => {
    await connection.readHead();
    await connection.write(
      `HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`,
    );
    for (; written < size; written += piece.length) {
      await connection.writeBytes(piece);
    }
  }, async ({ send }) => {
    const response = await send({ method: "GET", length: 0 });
    let read = 0;
    let ahead = 0;
    for await (const bytes of response.body ?? []) {
      const pause = (read >> 20) < ((read += bytes.length) >> 20);
      // The server gets time to run ahead as far as it is let.
      if (pause) await new Promise((resolve) => setTimeout(resolve, 2));
      ahead = Math.max(ahead, written - read);
    }
    assert.equal(read, size);
    // The rest is in the buffers of the two sockets.
    assert(ahead < 24 << 20, `the server was ${ahead} bytes ahead`);
  });
});
