import { strict as assert } from "node:assert";
import { jsonReply } from "../../src/server/reply.ts";
import { bytesOf } from "./registry_fixture.ts";

Deno.test("jsonReply() says how many bytes it has", () => {
  assert.deepEqual(jsonReply({ a: "é" }, { link: "next" }), {
    status: 200,
    headers: {
      "content-type": "application/json",
      "content-length": "10",
      "link": "next",
    },
    body: bytesOf('{"a":"é"}'),
  });
});
