import { strict as assert } from "node:assert";
import { CachedValue, fixedValue } from "../../src/kube/renewable.ts";

/** A value that a test changes, with the number of readings. */
class Source {
  value: string | Error = "a";
  time = 0;
  readings = 0;
  readonly cached = new CachedValue(() => this.#read(), {
    maxAge: 10,
    now: () => this.time,
    isSame: (left, right) => left.text === right.text,
  });

  #read(): Promise<{ readonly text: string }> {
    this.readings++;
    return this.value instanceof Error
      ? Promise.reject(this.value)
      : Promise.resolve({ text: this.value });
  }
}

Deno.test("CachedValue reads again when the value is too old", async () => {
  const source = new Source();
  assert.equal((await source.cached.get()).text, "a");
  source.value = "b";
  source.time = 9;
  assert.equal((await source.cached.get()).text, "a");
  source.time = 10;
  assert.equal((await source.cached.get()).text, "b");
  assert.equal(source.readings, 2);
});

Deno.test("CachedValue keeps the very object while the value is the same", async () => {
  const source = new Source();
  const first = await source.cached.get();
  source.time = 10;
  assert.equal(await source.cached.get(), first);
  assert.equal(source.readings, 2);
});

Deno.test("CachedValue keeps the last good value when reading fails", async () => {
  const source = new Source();
  await source.cached.get();
  source.value = new Error("gone");
  source.time = 10;
  assert.equal((await source.cached.get()).text, "a");
  assert.equal(await source.cached.refresh(), false);
});

Deno.test("CachedValue throws when the first reading fails", async () => {
  const source = new Source();
  source.value = new Error("gone");
  await assert.rejects(source.cached.get(), { message: "gone" });
  await assert.rejects(source.cached.refresh(), { message: "gone" });
});

Deno.test("CachedValue.refresh() tells whether the value is another one", async () => {
  const source = new Source();
  await source.cached.get();
  assert.equal(await source.cached.refresh(), false);
  source.value = "b";
  assert.equal(await source.cached.refresh(), true);
  assert.equal((await source.cached.get()).text, "b");
});

Deno.test("fixedValue() never changes", async () => {
  const value = fixedValue("a");
  assert.equal(await value.get(), "a");
  assert.equal(await value.refresh(), false);
});
