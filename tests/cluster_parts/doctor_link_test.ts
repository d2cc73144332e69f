import { strict as assert } from "node:assert";
import { openDoctorLink } from "../../src/cluster/doctor_link.ts";
import { discard } from "../../src/http/body.ts";
import { withTrace } from "../../src/http/trace.ts";
import { fakeConnection } from "../support/fake_connection.ts";

async function withServer(
  action: (server: URL) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => Response.json({ agent: request.headers.get("user-agent") }),
  );
  await action(new URL(`http://127.0.0.1:${server.addr.port}`));
}

Deno.test("openDoctorLink() calls the API server by its name, and tells each exchange", async () => {
  await withServer(async (server) => {
    const lines: string[] = [];
    using link = openDoctorLink(fakeConnection(server), {
      stallTimeout: 60_000,
      userAgent: "k8scr/test",
      trace: withTrace((line) => lines.push(line)),
    });
    assert.deepEqual(await link.api.get("/x"), { agent: "k8scr/test" });
    assert.match(lines.join(), /^GET \/x 200, /);
    assert.equal(link.namespace, "default");
  });
});

Deno.test("openDoctorLink() ends calls to the API server by the signal, not what is taken back from a Pod", async () => {
  await withServer(async (server) => {
    const controller = new AbortController();
    using link = openDoctorLink(fakeConnection(server), {
      stallTimeout: 60_000,
      userAgent: "k8scr/test",
      signal: controller.signal,
    });
    controller.abort(new DOMException("Interrupted", "AbortError"));
    await assert.rejects(link.api.get("/x"), { name: "AbortError" });
    const response = await link.podTransport(new Request(`${server}x`));
    assert.equal(response.status, 200);
    await discard(response);
  });
});
