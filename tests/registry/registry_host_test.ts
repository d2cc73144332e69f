import { strict as assert } from "node:assert";
import {
  parseRegistryHost,
  repositoryAt,
} from "../../src/registry/registry_host.ts";

Deno.test("parseRegistryHost() speaks TLS, but not to this computer", () => {
  const origins: Record<string, string> = {
    "ghcr.io": "https://ghcr.io",
    "registry.example.com:5000": "https://registry.example.com:5000",
    "10.0.0.1:5000": "https://10.0.0.1:5000",
    "[2001:db8::1]:5000": "https://[2001:db8::1]:5000",
    "localhost": "http://localhost",
    "localhost:5000": "http://localhost:5000",
    "127.0.0.1:5000": "http://127.0.0.1:5000",
    "[::1]:5000": "http://[::1]:5000",
    "localhost.example.com": "https://localhost.example.com",
    "127.0.0.1.example.com": "https://127.0.0.1.example.com",
  };
  for (const [name, origin] of Object.entries(origins)) {
    assert.deepEqual(parseRegistryHost(name), { name, origin });
  }
});

Deno.test("parseRegistryHost() leaves TLS away when told so", () => {
  const { origin } = parseRegistryHost("reg:5000", { plainHttp: true });
  assert.equal(origin, "http://reg:5000");
});

Deno.test("parseRegistryHost() knows where Docker Hub's registry is", () => {
  for (const name of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
    assert.deepEqual(parseRegistryHost(name, { plainHttp: true }), {
      name: "docker.io",
      origin: "https://registry-1.docker.io",
    });
  }
});

Deno.test("parseRegistryHost() refuses what is no host", () => {
  for (
    const text of [
      "",
      "a/b",
      "a@b",
      "https://a",
      "a b",
      "a:x",
      "-a",
      "a?b",
      "a:99999",
    ]
  ) {
    assert.throws(() => parseRegistryHost(text), {
      name: "ReferenceSyntaxError",
      input: text,
    });
  }
});

Deno.test("repositoryAt() puts short names of Docker Hub under library", () => {
  const hub = parseRegistryHost("docker.io");
  assert.equal(repositoryAt(hub, "alpine"), "library/alpine");
  assert.equal(repositoryAt(hub, "cool/app"), "cool/app");
  assert.equal(repositoryAt(parseRegistryHost("ghcr.io"), "app"), "app");
});
