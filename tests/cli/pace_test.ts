import { strict as assert } from "node:assert";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { Pace, type PaceSettings } from "../../src/cli/pace.ts";
import type { Transport } from "../../src/http/transport.ts";
import { FakeIo } from "./fake_io.ts";

interface Scene extends Disposable {
  readonly io: FakeIo;
  readonly pace: Pace;
  readonly told: string[];
  readonly urls: string[];
  /** Milliseconds that an answer takes, or its status where that is not 200. */
  answer: { took: number; status: number };
}

function setUp(settings: PaceSettings): Scene {
  const io = new FakeIo();
  const urls: string[] = [];
  const answer = { took: 20, status: 200 };
  const transport: Transport = async (request) => {
    urls.push(request.url);
    // Not inside of the timer that asks.
    await Promise.resolve();
    io.clock.advance(answer.took);
    return new Response("ok", { status: answer.status });
  };
  const pace = new Pace(settings, {
    cluster: { server: new URL("https://api.test/base/"), transport },
    io,
    display: new LineDisplay(io, { steps: false }),
  });
  return {
    ...{ io, pace, urls, answer },
    get told() {
      return io.stderr.text.split("\n").slice(0, -1);
    },
    [Symbol.dispose]: () => pace[Symbol.dispose](),
  };
}

function transport(): Promise<Response> {
  return Promise.resolve(new Response());
}

/** Lets time pass, and the probes end that begin by it. */
async function look({ io }: Scene, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    // Looks come in even seconds after the first probes, which took 100 ms.
    io.clock.advance(2_000 - (io.clock.now() - 100) % 2_000);
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

Deno.test("Pace changes nothing and asks nothing by default", async () => {
  using scene = setUp({});
  assert.equal(scene.pace.apply(transport), transport);
  await scene.pace.start();
  assert.deepEqual(scene.urls, []);
  assert.equal(scene.io.clock.running, 0);
});

Deno.test("Pace holds a transport to --limit-rate", async () => {
  using scene = setUp({ limitRate: 1_000_000 });
  const held = scene.pace.apply(transport);
  assert.notEqual(held, transport);
  await scene.pace.start();
  assert.deepEqual(scene.urls, []);
});

Deno.test("Pace watches /readyz below the server's own path", async () => {
  const scene = setUp({ polite: true });
  await scene.pace.start();
  const url = "https://api.test/base/readyz";
  assert.deepEqual(scene.urls, Array.from({ length: 5 }, () => url));
  await look(scene, 1);
  assert.equal(scene.urls.length, 6);
  scene.pace[Symbol.dispose]();
  assert.equal(scene.io.clock.running, 0);
});

Deno.test("Pace tells when it slows down, and when it does so no longer", async () => {
  using scene = setUp({ polite: true });
  await scene.pace.start();
  scene.answer.took = 90;
  await look(scene, 2);
  assert.deepEqual(scene.told, [
    "The API server takes 90 ms, usually 20 ms: at most 262 kB in a second now",
  ]);
  scene.answer.took = 20;
  await look(scene, 3);
  assert.equal(scene.told.at(-1), "The API server is quick again");
});

Deno.test("Pace warns where it may not ask, and goes on", async () => {
  using scene = setUp({ polite: true });
  scene.answer.status = 403;
  await scene.pace.start();
  assert.deepEqual(scene.told, [
    "warning: Cannot be polite: The API server does not say that it is ready: /readyz answers 403",
  ]);
  assert.equal(scene.io.clock.running, 0);
});
