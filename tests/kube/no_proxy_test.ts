import { strict as assert } from "node:assert";
import { bypassesProxy } from "../../src/kube/no_proxy.ts";

/** `NO_PROXY`, the destination and whether the proxy is passed by. */
const CASES: [noProxy: string, host: string, port: string, bypass: boolean][] =
  [
    ["", "cluster.example", "443", false],
    ["", "localhost", "443", true],
    ["", "127.0.0.1", "6443", true],
    ["", "127.9.9.9", "6443", true],
    ["", "::1", "6443", true],
    ["", "localhost.example", "443", false],
    ["*", "cluster.example", "443", true],
    ["other.example, * ", "cluster.example", "443", true],
    ["example", "cluster.example", "443", true],
    ["cluster.example", "cluster.example", "443", true],
    ["CLUSTER.Example", "cluster.example", "443", true],
    ["cluster.example", "a.cluster.example", "443", true],
    ["cluster.example", "mycluster.example", "443", false],
    [".cluster.example", "cluster.example", "443", false],
    [".cluster.example", "a.cluster.example", "443", true],
    ["*.cluster.example", "cluster.example", "443", false],
    ["*.cluster.example", "a.b.cluster.example", "443", true],
    ["cluster.example:6443", "cluster.example", "6443", true],
    ["cluster.example:6443", "cluster.example", "443", false],
    [".example:443", "cluster.example", "443", true],
    [":443", "cluster.example", "443", false],
    ["10.0.0.1", "10.0.0.1", "443", true],
    ["10.0.0.1", "10.0.0.10", "443", false],
    ["10.0.0.1:6443", "10.0.0.1", "443", false],
    ["10.0.0.1:6443", "10.0.0.1", "6443", true],
    ["10.0.0.0/8", "10.2.3.4", "443", true],
    ["10.0.0.0/8", "11.2.3.4", "443", false],
    ["10.0.0.0/8", "cluster.example", "443", false],
    ["fd00::/8", "fd12::1", "443", true],
    ["fd00::/8", "fe80::1", "443", false],
    ["fd12::1", "fd12::1", "443", true],
    ["[fd12::1]:6443", "fd12::1", "6443", true],
    ["[fd12::1]:6443", "fd12::1", "443", false],
    ["[fd12::1]", "fd12::1", "443", true],
    ["10.0.0.0/x", "10.0.0.1", "443", false],
    ["a.example,,b.example", "b.example", "443", true],
  ];

for (const [noProxy, host, port, bypass] of CASES) {
  const verb = bypass ? "lets" : "does not let";
  Deno.test(`NO_PROXY "${noProxy}" ${verb} ${host} port ${port} pass by the proxy`, () => {
    assert.equal(bypassesProxy({ host, port }, noProxy), bypass);
  });
}
