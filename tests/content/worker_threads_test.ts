import { strict as assert } from "node:assert";
import { startWorker, ThreadSet } from "../../src/content/worker_threads.ts";

class FakeThread {
  load = 0;
  crash: () => void;

  constructor(onCrash: (thread: FakeThread) => void) {
    this.crash = () => onCrash(this);
  }
}

function fakeThreads(limit: number): ThreadSet<FakeThread> {
  return new ThreadSet(limit, (onCrash) => new FakeThread(onCrash));
}

function choose(threads: ThreadSet<FakeThread>): FakeThread {
  const thread = threads.choose(({ load }) => load);
  thread.load++;
  return thread;
}

Deno.test("ThreadSet starts a thread only when all have something to do", () => {
  const threads = fakeThreads(2);
  assert.equal(threads.size, 0);
  const first = choose(threads);
  first.load = 0;
  assert.equal(choose(threads), first);
  const second = choose(threads);
  assert.notEqual(second, first);
  assert.deepEqual([...threads], [first, second]);
});

Deno.test("ThreadSet gives work to the thread with the least of it", () => {
  const threads = fakeThreads(2);
  const [first, second] = [choose(threads), choose(threads)];
  first.load = 3;
  assert.equal(choose(threads), second);
  assert.equal(threads.size, 2);
});

Deno.test("ThreadSet forgets threads that crash, and all at the end", () => {
  const threads = fakeThreads(1);
  const first = choose(threads);
  first.crash();
  assert.equal(threads.size, 0);
  const second = choose(threads);
  assert.notEqual(second, first);
  const closed: FakeThread[] = [];
  threads.end((thread) => closed.push(thread));
  assert.deepEqual(closed, [second]);
  assert.equal(threads.size, 0);
});

function scriptUrl(script: string): URL {
  return new URL(`data:application/javascript,${encodeURIComponent(script)}`);
}

Deno.test("startWorker() hands over what the thread says, and how it fails", async () => {
  const said = Promise.withResolvers<string>();
  const failed = Promise.withResolvers<string>();
  const worker = startWorker<string>(
    scriptUrl(
      "self.onmessage = ({ data }) => { if (data === 'fail') throw new Error('Broken'); self.postMessage(data); };",
    ),
    { name: "test", onReport: said.resolve, onCrash: failed.resolve },
  );
  worker.postMessage("hello");
  assert.equal(await said.promise, "hello");
  worker.postMessage("fail");
  assert.match(await failed.promise, /Broken/);
  worker.terminate();
});
