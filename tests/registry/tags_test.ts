import { strict as assert } from "node:assert";
import { listTags } from "../../src/registry/tags.ts";
import { withScript } from "../support/scripted_server.ts";
import { scopeOf } from "./upload_fixture.ts";

Deno.test("listTags() gives the tags of all pages in the registry's order", async () => {
  await withScript([
    {
      request: "GET /v2/a/tags/list?n=2",
      text: '{"name":"a","tags":["b","A"]}',
      answer: { link: '</v2/a/tags/list?n=2&last=A>; rel="next"' },
    },
    {
      request: "GET /v2/a/tags/list?n=2&last=A",
      text: '{"name":"a","tags":["c"]}',
    },
  ], async (transport) => {
    const tags = listTags(scopeOf(transport), { pageSize: 2 });
    assert.deepEqual(await Array.fromAsync(tags), ["b", "A", "c"]);
  });
});

Deno.test("listTags() takes null and an unknown repository for none", async () => {
  const request = "GET /v2/a/tags/list?n=1000";
  await withScript([
    { request, text: '{"name":"a","tags":null}' },
    { request, status: 404 },
  ], async (transport) => {
    const scope = scopeOf(transport);
    assert.deepEqual(await Array.fromAsync(listTags(scope)), []);
    assert.deepEqual(await Array.fromAsync(listTags(scope)), []);
  });
});
