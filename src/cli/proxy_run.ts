import {
  type FailedCall,
  type ReverseProxy,
  type ReverseProxyOptions,
  startReverseProxy,
} from "../http/reverse_proxy.ts";
import { formatEndpoint } from "../kube/endpoint.ts";
import { Registry } from "../registry/registry.ts";
import { listenFailure } from "../server/listen_failure.ts";
import { openClusterLink } from "./cluster_link.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { runProxyCommand } from "./proxy_command.ts";
import { failureAnswer, proxyFailure } from "./proxy_failure.ts";
import { isLoopback, type ListenAddress } from "./listen_address.ts";
import type { ProxySettings } from "./proxy_settings.ts";
import { registryCalls } from "./proxy_transport.ts";
import { pingRegistry } from "./registry_ping.ts";
import { retryNotice } from "./retry_notice.ts";

/**
 * Milliseconds for which a request waits for the API server to come back; there
 * is one that restarts within, and few clients wait longer.
 */
const RETRY_BUDGET = 60_000;

/** Addresses that stand for all of this host's. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Does what `k8scr proxy` was told, and returns the exit code. */
export async function runProxy(
  settings: ProxySettings,
  io: Io,
): Promise<number> {
  const display = openProgressDisplay(io, settings.output);
  try {
    using link = await openClusterLink(settings, {
      io,
      display,
      // A command reads the standard input after the first contact.
      stdinTaken: false,
    });
    const pod = link.podProxy(settings.registry);
    // A registry that does not answer now is told now, not to the clients.
    const registry = new Registry(pod.transport);
    await pingRegistry(registry, { pod, cluster: link, io });
    const proxy = listen(settings.listen, {
      transport: registryCalls(pod.transport),
      options: {
        hostnames: settings.hostnames,
        retry: { budget: RETRY_BUDGET, onRetry: retryNotice(display) },
        ...failureReports(io),
      },
    });
    try {
      return await serve(proxy, { settings, display, io });
    } finally {
      await proxy.close();
    }
  } finally {
    display.close();
  }
}

function listen(
  { hostname, port }: ListenAddress,
  { transport, options }: {
    readonly transport: Parameters<typeof startReverseProxy>[0];
    readonly options: Omit<ReverseProxyOptions, "hostname" | "port">;
  },
): ReverseProxy {
  try {
    return startReverseProxy(transport, { hostname, port, ...options });
  } catch (error) {
    throw listenFailure(error, formatEndpoint({ host: hostname, port }));
  }
}

/** Tells failures to the client that asked, and on standard error. */
function failureReports(
  io: Io,
): Pick<ReverseProxyOptions, "explain" | "onBroken"> {
  let lastAdvice = "";
  const report = ({ method, path }: FailedCall, text: string): void => {
    const [first = "", ...lines] = text.split("\n");
    const advice = lines.join("\n");
    // The same Role, printed for each of a hundred layers, helps nobody.
    const news = advice === lastAdvice ? "" : `\n${advice}`;
    if (advice !== "") lastAdvice = advice;
    io.stderr.write(`${method} ${path}: ${first}${news}\n`);
  };
  return {
    explain(error, call) {
      const failure = proxyFailure(error);
      report(call, failure.text);
      return failureAnswer(failure);
    },
    onBroken: (error, call) => report(call, proxyFailure(error).text),
  };
}

interface ServeOptions {
  readonly settings: ProxySettings;
  readonly display: ProgressDisplay;
  readonly io: Io;
}

async function serve(
  { port }: ReverseProxy,
  { settings, display, io }: ServeOptions,
): Promise<number> {
  const { listen: { hostname }, command } = settings;
  if (!isLoopback(settings.listen)) {
    display.warn(
      `whoever reaches ${
        formatEndpoint({ host: hostname, port })
      } acts with the rights of your kubeconfig`,
    );
  }
  const address = formatEndpoint({ host: reachable(hostname), port });
  if (command.length > 0) {
    return await runProxyCommand(command, { env: { K8SCR_PROXY: address } });
  }
  await io.stdout.write(
    settings.output.output === "json"
      ? `${JSON.stringify({ address })}\n`
      : `${address}\n`,
  );
  display.note(
    `The registry "${settings.registry}" answers there, without TLS; Ctrl-C ends it`,
  );
  await interruption(io.signal);
  return ExitCode.OK;
}

/** An address to connect to, where the one to listen on stands for all. */
function reachable(hostname: string): string {
  if (!ANY_ADDRESS.has(hostname)) return hostname;
  return hostname === "::" ? "::1" : "127.0.0.1";
}

function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
