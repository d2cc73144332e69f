import { strict as assert } from "node:assert";
import { Duplex } from "node:stream";
import { openSocks5, SocksError } from "../../src/kube/socks5.ts";

/**
 * A proxy that answers each message of the client with the next of a list, and
 * hangs up in place of an empty one.
 */
class ScriptedProxy extends Duplex {
  readonly messages: number[][] = [];
  readonly #answers: number[][];

  constructor(...answers: number[][]) {
    super();
    this.#answers = answers;
  }

  override _read(): void {}

  override _write(
    bytes: Uint8Array,
    _encoding: string,
    done: () => void,
  ): void {
    this.messages.push([...bytes]);
    const answer = this.#answers.shift() ?? [];
    this.push(answer.length === 0 ? null : new Uint8Array(answer));
    done();
  }
}

const TARGET = { host: "ab", port: 258 };
const CONNECT = [5, 1, 0, 3, 2, 97, 98, 1, 2];
const IPV4 = [5, 0, 0, 1, 10, 0, 0, 1, 0, 80];

Deno.test("openSocks5() connects without a login", async () => {
  const proxy = new ScriptedProxy([5, 0], IPV4);
  await openSocks5(proxy, TARGET);
  assert.deepEqual(proxy.messages, [[5, 1, 0], CONNECT]);
});

Deno.test("openSocks5() logs in where the proxy wants it", async () => {
  const proxy = new ScriptedProxy([5, 2], [1, 0], IPV4);
  await openSocks5(proxy, TARGET, { username: "u", password: "pw" });
  assert.deepEqual(proxy.messages, [
    [5, 2, 0, 2],
    [1, 1, 117, 2, 112, 119],
    CONNECT,
  ]);
});

Deno.test("openSocks5() reads past every kind of address", async () => {
  const ipv6 = [5, 0, 0, 4, ...new Array(16).fill(0), 0, 80];
  const name = [5, 0, 0, 3, 3, 97, 98, 99, 0, 80];
  for (const bound of [IPV4, ipv6, name]) {
    const proxy = new ScriptedProxy([5, 0], [...bound, 42]);
    await openSocks5(proxy, TARGET);
  }
});

Deno.test("openSocks5() says why the proxy refused", async () => {
  const login = { username: "u", password: "pw" };
  const refusals: [ScriptedProxy, typeof login | undefined, string][] = [
    [new ScriptedProxy([4, 0]), undefined, "It does not speak SOCKS 5"],
    [
      new ScriptedProxy([5, 255]),
      undefined,
      "It accepts none of the offered ways to log in",
    ],
    [new ScriptedProxy([5, 2], [1, 1]), login, "It refused the login"],
    [
      new ScriptedProxy([5, 0], [5, 2, 0, 1]),
      undefined,
      "It did not connect to ab:258: its rules do not allow it",
    ],
    [
      new ScriptedProxy([5, 0], [5, 99, 0, 1]),
      undefined,
      "It did not connect to ab:258: code 99",
    ],
    [new ScriptedProxy([]), undefined, "It closed the connection"],
  ];
  for (const [proxy, login, message] of refusals) {
    await assert.rejects(openSocks5(proxy, TARGET, login), {
      name: "SocksError",
      message,
    });
  }
});

Deno.test("openSocks5() knows which refusals may pass", async () => {
  const transient = await Promise.all([1, 2, 3, 4, 5, 8].map(async (code) => {
    const proxy = new ScriptedProxy([5, 0], [5, code, 0, 1]);
    const reason: unknown = await openSocks5(proxy, TARGET)
      .catch((reason: unknown) => reason);
    assert(reason instanceof SocksError);
    return reason.transient;
  }));
  assert.deepEqual(transient, [true, false, true, true, true, false]);
});

Deno.test("openSocks5() refuses what does not fit into the protocol", async () => {
  const long = "x".repeat(256);
  await assert.rejects(
    openSocks5(new ScriptedProxy([5, 0]), { host: long, port: 1 }),
    { message: "The host name is too long" },
  );
  await assert.rejects(
    openSocks5(new ScriptedProxy([5, 2]), TARGET, {
      username: long,
      password: "",
    }),
    { message: "Its user name or password is over 255 bytes" },
  );
});
