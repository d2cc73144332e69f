import { peekStatus } from "../kube/status_error.ts";
import { readTextUpTo } from "../http/body.ts";
import { formatMinute } from "../kube/failure_text.ts";
import type { DoctorLink } from "./doctor_link.ts";
import type { CheckResult } from "./doctor_finding.ts";

/** What the API server answered. */
export interface ServerAnswer {
  /** The way to it. */
  readonly link: DoctorLink;
  /** Its clock, where it told it, in milliseconds since 1970. */
  readonly clock?: number;
  /** The clock of this computer in the middle of the exchange. */
  readonly localClock: number;
}

/** A version is a few hundred bytes. */
const MAX_VERSION_BYTES = 64 * 1024;

/**
 * A token is refused and a certificate not yet good, or good no more, when the
 * clocks differ; the header tells whole seconds.
 */
const CLOCK_TOLERANCE = 30_000;

/**
 * Asks the API server for its version. Any answer of it shows that it can be
 * reached; who the caller is, is another question.
 *
 * @param now returns the time, in milliseconds since 1970
 * @throws {ConnectionError} when it cannot be reached or trusted
 */
export async function checkServer(
  link: DoctorLink,
  now: () => number,
): Promise<CheckResult<ServerAnswer>> {
  const { server } = link.connection;
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, "")}/version`;
  const headers = { accept: "application/json" };
  const sent = now();
  const response = await link.apiTransport(new Request(url, { headers }));
  const answered = now();
  const clock = Date.parse(response.headers.get("date") ?? "");
  const version = await readVersion(response);
  const release = version === undefined ? "" : `, Kubernetes ${version}`;
  const value = {
    link,
    localClock: (sent + answered) / 2,
    ...Number.isFinite(clock) && { clock },
  };
  const facts = { server: server.href, ...version && { version } };
  if (response.ok && version === undefined) return noServer(server, facts);
  return {
    status: "ok",
    text: `${server.href.replace(/\/$/, "")} answers, ${
      describeTrust(link)
    }${release}`,
    facts,
    value,
  };
}

/** Compares the clock of the API server with that of this computer. */
export function checkClock(
  { clock, localClock }: ServerAnswer,
): CheckResult<number> {
  if (clock === undefined) {
    return { status: "skipped", text: "the API server does not tell the time" };
  }
  // It is cut to the second before.
  const skew = Math.max(
    localClock - (clock + 1000),
    clock - localClock,
    0,
  );
  const seconds = Math.round(skew / 1000);
  const facts = { skewSeconds: seconds };
  if (skew <= CLOCK_TOLERANCE) {
    const text = "this computer and the API server agree on the time";
    return { status: "ok", text, facts, value: skew };
  }
  const side = localClock > clock ? "ahead of" : "behind";
  return {
    status: "warning",
    text: `this computer is ${seconds} seconds ${side} the API server`,
    advice: `It is ${formatMinute(new Date(clock))} there and ${
      formatMinute(new Date(localClock))
    } here: certificates and tokens depend on it; set the clock that is wrong`,
    facts,
    value: skew,
  };
}

async function readVersion(response: Response): Promise<string | undefined> {
  if (!response.ok) {
    const { response: whole } = await peekStatus(response);
    await whole.body?.cancel();
    return undefined;
  }
  const text = await readTextUpTo(response, MAX_VERSION_BYTES);
  const [, version] = /"gitVersion"\s*:\s*"([\w.+-]{1,64})"/.exec(text) ?? [];
  return version;
}

function describeTrust({ connection }: DoctorLink): string {
  const { server, tls } = connection;
  if (server.protocol !== "https:") return "without TLS";
  return tls.insecure
    ? "its certificate is not verified"
    : "its certificate is good";
}

function noServer(
  server: URL,
  facts: Readonly<Record<string, unknown>>,
): CheckResult<ServerAnswer> {
  return {
    status: "failed",
    fault: "unreachable",
    text: `what answers at ${server.href.replace(/\/$/, "")} is no API server`,
    advice: 'Check "server" in the kubeconfig',
    facts,
  };
}
