import { strict as assert } from "node:assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import type { CommandCall } from "../../src/cli/command_spec.ts";
import { proxyCommand } from "../../src/cli/commands/proxy.ts";
import { readProxySettings } from "../../src/cli/proxy_settings.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

function call(...args: string[]): CommandCall {
  const parsed = parseCommandLine(["proxy", ...args], {
    usage: "k8scr",
    description: "",
    version: "0",
    columns: 80,
    commands: [proxyCommand],
  });
  assert.ok("call" in parsed);
  return parsed.call;
}

function read(...args: string[]) {
  return readProxySettings(call(...args));
}

Deno.test("readProxySettings() has a registry at 127.0.0.1:5000 by default", () => {
  const { listen, command, registry, output, stallTimeout } = read();
  assert.deepEqual(listen, { hostname: "127.0.0.1", port: 5000 });
  assert.deepEqual(command, []);
  assert.equal(registry, "k8scr");
  assert.equal(stallTimeout, 60_000);
  assert.equal(output.output, "text");
});

Deno.test("readProxySettings() reads the address to listen on", () => {
  for (
    const [text, hostname, port] of [
      ["127.0.0.1:0", "127.0.0.1", 0],
      ["0.0.0.0:80", "0.0.0.0", 80],
      ["[::1]:5000", "::1", 5000],
      ["localhost:65535", "localhost", 65_535],
      [":5001", "0.0.0.0", 5001],
    ] as const
  ) assert.deepEqual(read("--listen", text).listen, { hostname, port });
  for (
    const text of [
      "127.0.0.1",
      "5000",
      "host:65536",
      "::1:5000",
      "[host]:5000",
      "http://127.0.0.1:5000",
      "",
    ]
  ) assert.throws(() => read("--listen", text), UsageError, text);
});

Deno.test("readProxySettings() takes the names by which clients call", () => {
  const { hostnames } = read(
    ...["--listen", "Registry.example:5000"],
    ...["--allow-host", "a.example", "--allow-host", "B.example"],
  );
  assert.deepEqual(hostnames, ["registry.example", "a.example", "b.example"]);
});

Deno.test("readProxySettings() takes a command with flags of its own", () => {
  const words = ["docker", "push", "-q", "--all-tags", "127.0.0.1:5000/app"];
  assert.deepEqual(read("--exec", "--", ...words).command, words);
  assert.deepEqual(read("-n", "infra", "--", ...words).command, words);
  assert.deepEqual(read("--exec", "true").command, ["true"]);
  assert.throws(() => read("--exec"), UsageError);
});
