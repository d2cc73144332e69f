import { strict as assert } from "node:assert";
import { displayedServer, parseServerUrl } from "../../src/kube/server_url.ts";

Deno.test("parseServerUrl() reads what kubectl reads", () => {
  const servers = {
    "https://h:6443": "https://h:6443/",
    "https://h:6443/": "https://h:6443/",
    "HTTPS://H": "https://h/",
    "https://h/k8s/clusters/c-xyz": "https://h/k8s/clusters/c-xyz",
    "https://h/k8s/clusters/c-xyz/": "https://h/k8s/clusters/c-xyz",
    "https://h//a//b": "https://h/a/b",
    "https://h/a?b=c#d": "https://h/a",
    "https://h?b=c": "https://h/",
    "https://[::1]:6443": "https://[::1]:6443/",
    "http://h:8080": "http://h:8080/",
    "h:6443": "http://h:6443/",
    "10.0.0.1:6443": "http://10.0.0.1:6443/",
    "h": "http://h/",
    "h/": "http://h/",
  };
  for (const [server, url] of Object.entries(servers)) {
    assert.equal(parseServerUrl(server).href, url, server);
  }
});

Deno.test("parseServerUrl() refuses what is no API server's", () => {
  const servers = {
    "cluster.example/path":
      'Host must be a URL or a host:port pair: "cluster.example/path"',
    "ftp://h": 'Unsupported protocol scheme "ftp"',
    "https://h\\@evil.example":
      "It has a space, a backslash or a control character",
    " https://h": "It has a space, a backslash or a control character",
    "https://h\n": "It has a space, a backslash or a control character",
    "https://": 'Host must be a URL or a host:port pair: "https://"',
    "https://h:99999": "It is not a URL",
  };
  for (const [server, message] of Object.entries(servers)) {
    assert.throws(() => parseServerUrl(server), {
      name: "ServerUrlError",
      message,
    }, server);
  }
});

Deno.test("parseServerUrl() refuses a password and does not show it", () => {
  for (const user of ["admin:secret", "secret", ":secret"]) {
    assert.throws(() => parseServerUrl(`https://${user}@h`), {
      message:
        "It holds a user name or password\nGive them as username and password of the user",
    });
  }
});

Deno.test("displayedServer() cuts query and fragment only behind a path", () => {
  const servers = {
    "https://h": "https://h",
    "https://h/": "https://h/",
    "https://h/?a=b": "https://h/?a=b",
    "https://h?a=/b": "https://h?a=/b",
    "https://h/a/?b=c#d": "https://h/a/",
    "https://h/a#b": "https://h/a",
  };
  for (const [server, shown] of Object.entries(servers)) {
    assert.equal(displayedServer(server), shown, server);
  }
});
