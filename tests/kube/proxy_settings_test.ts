// deno-lint-ignore-file camelcase -- keys are names of files and variables
import { strict as assert } from "node:assert";
import { parseProxyUrl, selectProxy } from "../../src/kube/proxy_settings.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

interface Case {
  readonly server?: string;
  readonly proxyUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function select(options: Case): string | undefined {
  const { server = "https://cluster.example:6443", proxyUrl = "", env = {} } =
    options;
  const host = memoryKubeHost({ env });
  return selectProxy(new URL(server), { proxyUrl, host })?.href;
}

Deno.test("selectProxy() takes proxy-url, whatever the environment says", () => {
  const env = { HTTPS_PROXY: "http://env.example", NO_PROXY: "*" };
  assert.equal(
    select({ proxyUrl: "http://n:p@proxy.example:3128", env }),
    "http://n:p@proxy.example:3128/",
  );
  const server = "https://127.0.0.1:6443";
  const proxyUrl = "https://proxy.example";
  assert.equal(select({ server, proxyUrl }), "https://proxy.example/");
});

Deno.test("selectProxy() takes the environment's proxy by the server's scheme", () => {
  const env = {
    HTTPS_PROXY: "http://secure.example:1",
    HTTP_PROXY: "http://plain.example:2",
    ALL_PROXY: "http://all.example:3",
  };
  assert.equal(select({ env }), "http://secure.example:1/");
  assert.equal(
    select({ server: "http://cluster.example", env }),
    "http://plain.example:2/",
  );
  assert.equal(select({ env: { ALL_PROXY: env.ALL_PROXY } }), undefined);
});

Deno.test("selectProxy() prefers a variable in upper case that is not empty", () => {
  const lower = { https_proxy: "http://lower.example" };
  assert.equal(
    select({ env: { ...lower, HTTPS_PROXY: "http://upper.example" } }),
    "http://upper.example/",
  );
  assert.equal(
    select({ env: { ...lower, HTTPS_PROXY: "" } }),
    "http://lower.example/",
  );
});

Deno.test("selectProxy() takes a bare host for an http proxy", () => {
  const env = { HTTPS_PROXY: "proxy.example:3128" };
  assert.equal(select({ env }), "http://proxy.example:3128/");
});

Deno.test("selectProxy() obeys NO_PROXY and leaves this machine alone", () => {
  const env = {
    HTTPS_PROXY: "http://proxy.example",
    no_proxy: ".example:6443",
  };
  assert.equal(select({ env }), undefined);
  const other = "https://cluster.example:443";
  assert.equal(select({ server: other, env }), "http://proxy.example/");
  assert.equal(select({ server: "https://[::1]:6443", env }), undefined);
});

Deno.test("selectProxy() speaks SOCKS5 in both spellings of the environment", () => {
  const env = { HTTPS_PROXY: "socks5h://n:p@proxy.example:1080" };
  assert.equal(select({ env }), "socks5://n:p@proxy.example:1080");
});

Deno.test("selectProxy() names a variable it cannot use and hides its value", () => {
  for (const value of ["ftp://n:secret@proxy.example", "http://n:secret@:x"]) {
    assert.throws(() => select({ env: { https_proxy: value } }), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /^Cannot use the proxy in \$https_proxy: /);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

Deno.test("parseProxyUrl() refuses other schemes and no URL", () => {
  const faults = {
    "socks5h://x:1":
      'Unsupported scheme "socks5h", must be http, https, or socks5',
    "proxy.example:3128":
      'Unsupported scheme "proxy.example", must be http, https, or socks5',
    "3128": 'Unsupported scheme "", must be http, https, or socks5',
    "socks5://": "Could not parse it",
    "http://h:x": "Could not parse it",
  };
  for (const [text, message] of Object.entries(faults)) {
    assert.throws(() => parseProxyUrl(text), {
      name: "ProxyUrlError",
      message,
    });
  }
});
