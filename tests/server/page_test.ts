import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import { nextPage, pageRequest, takePage } from "../../src/server/page.ts";

function request(query: string): ReturnType<typeof pageRequest> {
  return pageRequest({
    method: "GET",
    headers: new Headers(),
    query: new URLSearchParams(query),
    body: null,
    traffic: { received: 0 },
  });
}

Deno.test("pageRequest() reads n and last", () => {
  assert.deepEqual(request("n=2&last=b"), { count: 2, last: "b" });
  assert.deepEqual(request(""), { count: 10_000, last: undefined });
  assert.deepEqual(request("n=99999999"), { count: 10_000, last: undefined });
});

Deno.test("pageRequest() refuses an n that is no number", () => {
  for (const n of ["-1", "x", "1.5", ""]) {
    assert.throws(
      () => request(`n=${n}`),
      (error) => error instanceof ApiError && error.status === 400,
      n,
    );
  }
});

Deno.test("takePage() begins behind last, whether it is there or not", () => {
  const tags = ["a", "b", "d"];
  const page = (count: number, last?: string) =>
    takePage(tags, { count, last });
  assert.deepEqual(page(2), { entries: ["a", "b"], more: true });
  assert.deepEqual(page(2, "a"), { entries: ["b", "d"], more: false });
  assert.deepEqual(page(2, "c"), { entries: ["d"], more: false });
  assert.deepEqual(page(2, "z"), { entries: [], more: false });
  assert.deepEqual(page(0), { entries: [], more: false });
});

Deno.test("nextPage() escapes what it leads to", () => {
  assert.deepEqual(nextPage("/v2/a/tags/list", { last: "a&b", n: "1" }), {
    link: '</v2/a/tags/list?last=a%26b&n=1>; rel="next"',
  });
});
