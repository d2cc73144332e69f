import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { fetchPages, type PagedRequest } from "../../src/registry/pages.ts";
import { withScript } from "../support/scripted_server.ts";
import { scopeOf } from "./upload_fixture.ts";

async function fetchAll(
  transport: Transport,
  options: Partial<PagedRequest> = {},
): Promise<string[]> {
  const pages = fetchPages(scopeOf(transport).client, {
    path: "/v2/a/tags/list?n=2",
    action: "list it",
    ...options,
  });
  const names: string[] = [];
  for await (const page of pages) names.push(...page.body.strings("tags"));
  return names;
}

function page(target: string, tags: string, link?: string) {
  return {
    request: `GET ${target}`,
    text: `{"tags":${tags}}`,
    ...link !== undefined && { answer: { link } },
  };
}

Deno.test("fetchPages() follows Link, whatever its form", async () => {
  await withScript([
    page(
      "/v2/a/tags/list?n=2",
      '["1","2"]',
      '</v2/a/tags/list?n=2&last=2>; rel="next"',
    ),
    page("/v2/a/tags/list?n=2&last=2", '["3"]', "<?n=2&last=3>;rel=next"),
    page(
      "/v2/a/tags/list?n=2&last=3",
      "[]",
      '<http://elsewhere.example/v2/a/tags/list?last=x%20y>; rel="next"',
    ),
    page("/v2/a/tags/list?last=x%20y", '["4"]'),
  ], async (transport) => {
    assert.deepEqual(await fetchAll(transport), ["1", "2", "3", "4"]);
  });
});

Deno.test("fetchPages() ends with a page without a next one", async () => {
  await withScript([
    page("/v2/a/tags/list?n=2", '["1"]', '</v2/a/tags/list>; rel="prev"'),
  ], async (transport) => {
    assert.deepEqual(await fetchAll(transport), ["1"]);
  });
});

Deno.test("fetchPages() does not walk in a circle", async () => {
  const target = "/v2/a/tags/list?n=2";
  await withScript([
    page(target, '["1"]', `<${target}>; rel="next"`),
  ], async (transport) => {
    await assert.rejects(fetchAll(transport), {
      name: "RegistryError",
      message: "Cannot list it: the registry's list leads back to an " +
        "earlier page",
    });
  });
});

Deno.test("fetchPages() takes a 404 for nothing only where it may", async () => {
  const absent = { request: "GET /v2/a/tags/list?n=2", status: 404 };
  await withScript([absent, absent], async (transport) => {
    const empty = await fetchAll(transport, { emptyWhenAbsent: true });
    assert.deepEqual(empty, []);
    await assert.rejects(fetchAll(transport), { status: 404 });
  });
});

Deno.test("fetchPages() fetches a page again when it broke", async () => {
  const target = "/v2/a/tags/list?n=2";
  await withScript([
    { ...page(target, '["1"]'), truncate: 4 },
    page(target, '["1"]'),
  ], async (transport) => {
    assert.deepEqual(await fetchAll(transport), ["1"]);
  });
});

Deno.test("fetchPages() rejects a page that is no JSON", async () => {
  await withScript([
    { request: "GET /v2/a/tags/list?n=2", text: "<html>" },
  ], async (transport) => {
    await assert.rejects(fetchAll(transport), {
      name: "DocumentSyntaxError",
      message: "Cannot read the registry's list: it is not JSON",
    });
  });
});
