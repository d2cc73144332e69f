import { strict as assert } from "node:assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { serveCommand } from "../../src/cli/commands/serve.ts";
import {
  readServeSettings,
  type ServeSettings,
} from "../../src/cli/serve_settings.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { FakeIo } from "./fake_io.ts";

function settingsIn(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): ServeSettings {
  const parsed = parseCommandLine(["serve", ...args], {
    usage: "k8scr",
    description: "",
    version: "0",
    columns: 80,
    commands: [serveCommand],
  });
  if ("text" in parsed) throw new Error(parsed.text);
  return readServeSettings(parsed.call.flags, new FakeIo({ env }));
}

function settingsOf(...args: string[]): ServeSettings {
  return settingsIn({ HOME: "/home/me" }, ...args);
}

function refuses(args: string[], message: string | RegExp): void {
  assert.throws(
    () => settingsOf(...args),
    (error) =>
      error instanceof UsageError &&
      (typeof message === "string"
        ? error.message === message
        : message.test(error.message)),
  );
}

Deno.test("readServeSettings() has a default for everything", () => {
  assert.deepEqual(settingsOf(), {
    listen: { hostname: "127.0.0.1", port: 5000 },
    dataDir: "/home/me/.local/share/k8scr",
    readOnly: false,
    gcGrace: 86_400_000,
    logFormat: "text",
    check: false,
    output: "text",
  });
});

Deno.test("readServeSettings() takes over what was given", () => {
  assert.deepEqual(
    settingsOf(
      ...["--listen", ":443", "--data", "/data", "--max-size", "50Gi"],
      ...["--tls-cert", "tls.crt", "--tls-key", "tls.key"],
      ...["--gc-interval", "6h", "--gc-grace", "48h", "--check"],
      ...["--log-format", "json", "-o", "json"],
    ),
    {
      listen: { hostname: "0.0.0.0", port: 443 },
      dataDir: "/data",
      readOnly: false,
      tlsFiles: { certFile: "tls.crt", keyFile: "tls.key" },
      maxSize: 53_687_091_200,
      gcInterval: 21_600_000,
      gcGrace: 172_800_000,
      logFormat: "json",
      check: true,
      output: "json",
    },
  );
  assert.equal(settingsOf("--read-only").readOnly, true);
});

Deno.test("readServeSettings() reads addresses", () => {
  const listen = (text: string) => settingsOf("--listen", text).listen;
  assert.deepEqual(listen("[::]:0"), { hostname: "::", port: 0 });
  assert.deepEqual(listen("reg.local:80"), { hostname: "reg.local", port: 80 });
  for (const text of ["5000", "a", "::1:5000", "a:65536", "a:", "[a]:1"]) {
    refuses(
      ["--listen", text],
      `Cannot use --listen "${text}": it must be HOST:PORT, :PORT or [IPv6]:PORT, such as 127.0.0.1:5000`,
    );
  }
});

Deno.test("readServeSettings() keeps data where the XDG spec has it", () => {
  const dataDir = (env: Record<string, string>) => settingsIn(env).dataDir;
  const HOME = "/home/me";
  assert.equal(dataDir({ XDG_DATA_HOME: "/xdg", HOME }), "/xdg/k8scr");
  // A relative path is to be ignored.
  assert.equal(
    dataDir({ XDG_DATA_HOME: "xdg", HOME }),
    "/home/me/.local/share/k8scr",
  );
  assert.equal(settingsIn({}, "--data", "here").dataDir, "here");
  assert.throws(() => dataDir({}), {
    name: "UsageError",
    recommendation: "Give one with --data DIR",
  });
});

Deno.test("readServeSettings() refuses what does not go together", () => {
  refuses(
    ["--tls-cert", "a"],
    "Cannot serve TLS with --tls-cert alone: --tls-key is missing",
  );
  refuses(
    ["--tls-key", "a"],
    "Cannot serve TLS with --tls-key alone: --tls-cert is missing",
  );
  refuses(["--read-only", "--gc-interval", "1h"], /with --read-only/);
  // A longer timer would fire at once, again and again.
  refuses(
    ["--gc-interval", "597h"],
    'Cannot use --gc-interval "597h": it must be at most 596h',
  );
  refuses(["--max-size", "0"], /^Cannot use --max-size "0"/);
});
