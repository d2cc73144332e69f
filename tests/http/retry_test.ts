import { strict as assert } from "node:assert";
import { isTransientStatus, retry, withRetry } from "../../src/http/retry.ts";
import type { Transport } from "../../src/http/transport.ts";

const QUICK = { sleep: () => Promise.resolve(), random: () => 0 };

function transient(): Error {
  return Object.assign(new Error("again"), { transient: true });
}

/** A transport that gives prepared answers, the last one for ever. */
function answering(
  ...answers: readonly (Response | Error)[]
): { transport: Transport; requests: Request[] } {
  const requests: Request[] = [];
  const transport = (request: Request) => {
    const index = Math.min(requests.length, answers.length - 1);
    requests.push(request);
    const answer = answers[index];
    return answer instanceof Response
      ? Promise.resolve(answer)
      : Promise.reject(answer);
  };
  return { transport, requests };
}

Deno.test("retry() returns what a later try gives", async () => {
  const result = await retry((attempt) => {
    if (attempt < 3) throw transient();
    return Promise.resolve(attempt);
  }, QUICK);
  assert.equal(result, 3);
});

Deno.test("retry() does not repeat what cannot differ", async () => {
  let tries = 0;
  const error = new Error("never");
  await assert.rejects(
    retry(() => {
      tries += 1;
      return Promise.reject(error);
    }, QUICK),
    error,
  );
  assert.equal(tries, 1);
});

Deno.test("retry() goes by the rule that it is given", async () => {
  let tries = 0;
  await assert.rejects(retry(() => {
    tries += 1;
    return Promise.reject(transient());
  }, { ...QUICK, isTransient: () => false }));
  assert.equal(tries, 1);
});

Deno.test("isTransientStatus() knows overload and gateways, not refusals", () => {
  for (const status of [408, 429, 499, 500, 502, 503, 504, 522]) {
    assert.equal(isTransientStatus(status), true, String(status));
  }
  for (const status of [200, 400, 401, 403, 404, 405, 413, 416, 501, 507]) {
    assert.equal(isTransientStatus(status), false, String(status));
  }
});

Deno.test("withRetry() repeats requests without a body", async () => {
  for (const method of ["GET", "HEAD", "DELETE", "POST"]) {
    const { transport, requests } = answering(
      transient(),
      new Response("busy", { status: 503 }),
      new Response("done"),
    );
    const response = await withRetry(QUICK)(transport)(
      new Request("http://registry/v2/", { method }),
    );
    assert.equal(await response.text(), "done");
    assert.equal(requests.length, 3, method);
  }
});

Deno.test("withRetry() sends a request with a body once", async () => {
  const { transport, requests } = answering(transient());
  const request = new Request("http://registry/v2/", {
    method: "POST",
    body: "once",
  });
  await assert.rejects(withRetry(QUICK)(transport)(request));
  assert.equal(requests.length, 1);
});

Deno.test("withRetry() sends PATCH and PUT once", async () => {
  for (const method of ["PATCH", "PUT"]) {
    const { transport, requests } = answering(transient());
    await assert.rejects(
      withRetry(QUICK)(transport)(
        new Request("http://registry/v2/", { method }),
      ),
    );
    assert.equal(requests.length, 1, method);
  }
});

Deno.test("withRetry() returns a refusal as it is", async () => {
  const { transport, requests } = answering(
    new Response("no", { status: 403 }),
  );
  const response = await withRetry(QUICK)(transport)(
    new Request("http://registry/v2/"),
  );
  assert.equal(response.status, 403);
  assert.equal(await response.text(), "no");
  assert.equal(requests.length, 1);
});

Deno.test("withRetry() returns the last answer when the budget is used up", async () => {
  const { transport, requests } = answering(
    new Response("busy", { status: 429 }),
    new Response("still busy", { status: 429 }),
  );
  const response = await withRetry({ ...QUICK, maxAttempts: 2 })(transport)(
    new Request("http://registry/v2/"),
  );
  assert.equal(await response.text(), "still busy");
  assert.equal(requests.length, 2);
});

Deno.test("withRetry() waits as long as Retry-After says", async () => {
  const slept: number[] = [];
  const { transport } = answering(
    new Response(null, { status: 429, headers: { "retry-after": "9" } }),
    new Response("done"),
  );
  const response = await withRetry({
    ...QUICK,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
  })(transport)(new Request("http://registry/v2/"));
  assert.equal(await response.text(), "done");
  assert.deepEqual(slept, [9000]);
});
