import { strict as assert } from "node:assert";
import {
  endpointOf,
  formatEndpoint,
  serverNameIndication,
} from "../../src/kube/endpoint.ts";

Deno.test("endpointOf() knows the port that a scheme stands for", () => {
  const ports = ["http://h", "https://h", "socks5://h", "https://h:6443"].map(
    (url) => endpointOf(new URL(url)).port,
  );
  assert.deepEqual(ports, [80, 443, 1080, 6443]);
});

Deno.test("endpointOf() takes the brackets off an address", () => {
  const endpoint = endpointOf(new URL("https://[fd00::1]:6443"));
  assert.deepEqual(endpoint, { host: "fd00::1", port: 6443 });
});

Deno.test("formatEndpoint() puts brackets around IPv6 only", () => {
  assert.equal(formatEndpoint({ host: "fd00::1", port: 1 }), "[fd00::1]:1");
  assert.equal(formatEndpoint({ host: "10.0.0.1", port: 2 }), "10.0.0.1:2");
  assert.equal(formatEndpoint({ host: "api.test", port: 3 }), "api.test:3");
});

Deno.test("serverNameIndication() leaves addresses out", () => {
  assert.equal(serverNameIndication("api.test"), "api.test");
  assert.equal(serverNameIndication("10.0.0.1"), undefined);
  assert.equal(serverNameIndication("fd00::1"), undefined);
});
