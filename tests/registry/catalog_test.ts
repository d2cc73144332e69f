import { strict as assert } from "node:assert";
import { listRepositories } from "../../src/registry/catalog.ts";
import { withScript } from "../support/scripted_server.ts";
import { scopeOf } from "./upload_fixture.ts";

const FIRST_PAGE = { request: "GET /v2/_catalog?n=1000" };

Deno.test("listRepositories() gives the repositories of all pages", async () => {
  await withScript([
    {
      request: "GET /v2/_catalog?n=2",
      text: '{"repositories":["b","a/c"]}',
      answer: { link: '</v2/_catalog?last=a%2Fc&n=2>; rel="next"' },
    },
    {
      request: "GET /v2/_catalog?last=a%2Fc&n=2",
      text: '{"repositories":["d"]}',
    },
  ], async (transport) => {
    const { client } = scopeOf(transport);
    const names = await Array.fromAsync(
      listRepositories(client, { pageSize: 2 }),
    );
    assert.deepEqual(names, ["b", "a/c", "d"]);
  });
});

Deno.test("listRepositories() says when there is no catalog", async () => {
  for (const status of [401, 403, 404, 405, 501]) {
    await withScript([{ ...FIRST_PAGE, status }], async (transport) => {
      await assert.rejects(
        Array.fromAsync(listRepositories(scopeOf(transport).client)),
        {
          name: "RegistryError",
          status,
          message: "Cannot list the repositories: the registry has no " +
            `catalog, or does not show it (status ${status})\n` +
            "Name a repository to list its tags",
        },
      );
    });
  }
});

Deno.test("listRepositories() leaves any other refusal as it is", async () => {
  await withScript([{
    ...FIRST_PAGE,
    status: 400,
    text: '{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}',
  }], async (transport) => {
    await assert.rejects(
      Array.fromAsync(listRepositories(scopeOf(transport).client)),
      /the registry answers 400, PAGINATION_NUMBER_INVALID/,
    );
  });
});
