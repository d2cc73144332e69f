import { strict as assert } from "node:assert";
import { parseRequestTimeout } from "../../src/kube/request_timeout.ts";

Deno.test("parseRequestTimeout() reads seconds and Go durations", () => {
  const timeouts = {
    "5": 5000,
    "1m30s": 90_000,
    "1.5h": 5_400_000,
    ".5s": 500,
    "2m": 120_000,
    "250ms": 250,
    "1000us": 1,
    "1000µs": 1,
    "1s500ms": 1500,
  };
  for (const [text, milliseconds] of Object.entries(timeouts)) {
    assert.equal(parseRequestTimeout(text), milliseconds, text);
  }
});

Deno.test("parseRequestTimeout() takes zero for no timeout", () => {
  assert.equal(parseRequestTimeout("0"), undefined);
  assert.equal(parseRequestTimeout("0s"), undefined);
});

Deno.test("parseRequestTimeout() refuses everything else", () => {
  for (const text of ["", "5 s", "1.5", "-1s", "1d", "s", "1m30", "1e3s"]) {
    assert.throws(() => parseRequestTimeout(text), {
      name: "SyntaxError",
      message:
        `Invalid timeout value "${text}": a timeout is a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
    }, text);
  }
});
