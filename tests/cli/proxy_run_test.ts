import { strict as assert } from "node:assert";
import { readProxySettings } from "../../src/cli/proxy_settings.ts";
import { runProxy } from "../../src/cli/proxy_run.ts";
import { Flags } from "../../src/cli/flags.ts";
import { FakeIo } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

/** Runs it with a command that makes requests, and returns the answers. */
async function runWith(
  cluster: PodProxyServer,
  script: string,
): Promise<{ code: number; stderr: string }> {
  const settings = readProxySettings({
    args: [Deno.execPath(), "eval", script],
    flags: new Flags(
      new Map<string, unknown>([
        ["listen", "127.0.0.1:0"],
        ["registry", "k8scr"],
        ["stall-timeout", "5s"],
        ["output", "text"],
        ["verbose", true],
      ]),
    ),
  });
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const code = await runProxy(settings, io);
  assert.equal(io.clock.running, 0);
  return { code, stderr: io.stderr.text };
}

Deno.test("runProxy() shows every exchange when asked, and no secret", async () => {
  await using cluster = await PodProxyServer.start();
  const { code, stderr } = await runWith(
    cluster,
    "await fetch(`http://${Deno.env.get('K8SCR_PROXY')}/v2/a/tags/list?token=x`, " +
      "{ headers: { authorization: 'Bearer secret' } })",
  );
  assert.equal(code, 0);
  assert.match(stderr, /^GET \S*\/proxy\/v2\/a\/tags\/list\?token=… 404, /m);
  assert.doesNotMatch(stderr, /secret/);
});
