import { strict as assert } from "node:assert";
import { Flags } from "../../src/cli/flags.ts";
import { isLoopback, readListen } from "../../src/cli/listen_address.ts";

Deno.test("readListen() reads a name, an address or a port alone", () => {
  const listen = (text: string) =>
    readListen(new Flags(new Map([["listen", text]])));
  assert.deepEqual(listen("[::1]:5000"), { hostname: "::1", port: 5000 });
  assert.deepEqual(listen("reg.local:80"), { hostname: "reg.local", port: 80 });
  assert.deepEqual(listen(":0"), { hostname: "0.0.0.0", port: 0 });
  for (const text of ["5000", "::1:5000", "a:65536", "a:"]) {
    assert.throws(() => listen(text), { name: "UsageError" }, text);
  }
});

Deno.test("isLoopback() tells what only this host can reach", () => {
  const hostnames = [
    ...["127.0.0.1", "127.8.0.1", "localhost", "::1"],
    ...["0.0.0.0", "::", "10.0.0.1", "127.example.com"],
  ];
  assert.deepEqual(
    hostnames.filter((hostname) => isLoopback({ hostname, port: 1 })),
    ["127.0.0.1", "127.8.0.1", "localhost", "::1"],
  );
});
