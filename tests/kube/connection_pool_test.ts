import { strict as assert } from "node:assert";
import { PassThrough } from "node:stream";
import { ConnectionPool } from "../../src/kube/connection_pool.ts";
import { HttpConnection } from "../../src/kube/http_connection.ts";

const { signal } = new AbortController();
const TAKE = { fresh: false, signal };

class Opener {
  readonly sockets: PassThrough[] = [];

  readonly open = (): Promise<HttpConnection> => {
    const socket = new PassThrough();
    this.sockets.push(socket);
    return Promise.resolve(new HttpConnection(socket));
  };
}

Deno.test("ConnectionPool gives out the connection that was used last", async () => {
  const { open, sockets } = new Opener();
  const pool = new ConnectionPool({ open, limit: 4 });
  const first = await pool.take(TAKE);
  const second = await pool.take(TAKE);
  pool.giveBack(first, true);
  pool.giveBack(second, true);
  assert.equal(await pool.take(TAKE), second);
  assert.equal(await pool.take(TAKE), first);
  assert.equal(sockets.length, 2);
  pool.close();
});

Deno.test("ConnectionPool closes what cannot serve again", async () => {
  const { open, sockets } = new Opener();
  const pool = new ConnectionPool({ open, limit: 4 });
  pool.giveBack(await pool.take(TAKE), false);
  assert(sockets[0]?.destroyed);
  await pool.take(TAKE);
  assert.equal(sockets.length, 2);
  pool.close();
  assert(sockets[1]?.destroyed);
});

Deno.test("ConnectionPool does not give out a connection that ended while idle", async () => {
  const { open, sockets } = new Opener();
  const pool = new ConnectionPool({ open, limit: 4 });
  pool.giveBack(await pool.take(TAKE), true);
  sockets[0]?.destroy();
  await pool.take(TAKE);
  assert.equal(sockets.length, 2);
  pool.close();
});

Deno.test("ConnectionPool opens a fresh connection where one is asked for", async () => {
  const { open, sockets } = new Opener();
  const pool = new ConnectionPool({ open, limit: 4 });
  pool.giveBack(await pool.take(TAKE), true);
  await pool.take({ fresh: true, signal });
  assert.equal(sockets.length, 2);
  pool.close();
});

Deno.test("ConnectionPool lets no more out than its limit, in order", async () => {
  const { open } = new Opener();
  const pool = new ConnectionPool({ open, limit: 1 });
  const order: string[] = [];
  const first = await pool.take(TAKE);
  const waiting = ["second", "third"].map(async (name) => {
    const connection = await pool.take(TAKE);
    order.push(name);
    pool.giveBack(connection, true);
  });
  order.push("first");
  pool.giveBack(first, true);
  await Promise.all(waiting);
  assert.deepEqual(order, ["first", "second", "third"]);
  pool.close();
});

Deno.test("ConnectionPool forgets who stopped waiting", async () => {
  const { open } = new Opener();
  const pool = new ConnectionPool({ open, limit: 1 });
  const first = await pool.take(TAKE);
  const controller = new AbortController();
  const stopped = pool.take({ fresh: false, signal: controller.signal });
  const reason = new Error("Interrupted");
  controller.abort(reason);
  await assert.rejects(stopped, (error) => error === reason);
  pool.giveBack(first, true);
  assert.equal(await pool.take(TAKE), first);
  pool.close();
});

Deno.test("ConnectionPool passes a turn on when opening fails", async () => {
  const reason = new Error("refused");
  const pool = new ConnectionPool({
    open: () => Promise.reject(reason),
    limit: 1,
  });
  for (let round = 0; round < 3; round++) {
    await assert.rejects(pool.take(TAKE), (error) => error === reason);
  }
});

Deno.test("ConnectionPool ends those who wait when it is closed", async () => {
  const { open } = new Opener();
  const pool = new ConnectionPool({ open, limit: 1 });
  await pool.take(TAKE);
  const waiting = pool.take(TAKE);
  pool.close();
  await assert.rejects(waiting, { message: "The connections were closed" });
});

Deno.test("ConnectionPool keeps nothing once it is retired", async () => {
  const { open, sockets } = new Opener();
  const pool = new ConnectionPool({ open, limit: 4 });
  const busy = await pool.take(TAKE);
  pool.giveBack(await pool.take(TAKE), true);
  pool.retire();
  assert(sockets[1]?.destroyed);
  assert(!sockets[0]?.destroyed);
  pool.giveBack(busy, true);
  assert(sockets[0]?.destroyed);
});
