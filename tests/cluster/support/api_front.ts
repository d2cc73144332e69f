import { dirname, join } from "node:path";
import { createAuthority } from "../../support/pki.ts";
import { kubeconfigOf } from "./cluster.ts";

/** Options for {@linkcode startApiFront}. */
export interface ApiFrontOptions {
  /** Answers a request in the place of the API server, or lets it wait. */
  readonly instead: (
    request: Request,
  ) => Response | undefined | Promise<undefined>;
}

/** Something in front of the API server, as load balancers and gateways are. */
export interface ApiFront extends AsyncDisposable {
  /** Flags that lead through it. */
  readonly flags: readonly string[];
}

/** A chunk of a push is the largest that comes. */
type Body = Uint8Array<ArrayBuffer> | null;

/**
 * Starts a front with a certificate of its own; behind it everybody is the
 * administrator.
 *
 * @param folder where its authority is written
 */
export async function startApiFront(
  folder: string,
  { instead }: ApiFrontOptions,
): Promise<ApiFront> {
  const authority = createAuthority("front");
  const identity = authority.issue("front", {
    use: "server",
    names: ["127.0.0.1"],
  });
  const ca = join(folder, "front.crt");
  await Deno.writeTextFile(ca, authority.cert);
  const { url, client } = await administrator();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    ...identity,
  }, async (request) => {
    const body: Body = request.body === null ? null : await request.bytes();
    const answer = await instead(request);
    if (answer !== undefined) return answer;
    const { pathname, search } = new URL(request.url);
    return await fetch(`${url}${pathname}${search}`, {
      method: request.method,
      headers: request.headers,
      body,
      client,
      redirect: "manual",
    });
  });
  return {
    flags: [
      ...["--server", `https://127.0.0.1:${server.addr.port}`],
      ...["--certificate-authority", ca],
    ],
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      client.close();
    },
  };
}

async function administrator(): Promise<
  { readonly url: string; readonly client: Deno.HttpClient }
> {
  const kubeconfig = kubeconfigOf("admin");
  const read = (name: string) =>
    Deno.readTextFile(join(dirname(kubeconfig), "pki", name));
  const text = await Deno.readTextFile(kubeconfig);
  const client = Deno.createHttpClient({
    caCerts: [await read("ca.crt")],
    cert: await read("admin.crt"),
    key: await read("admin.key"),
  });
  return { url: /server: (\S+)/.exec(text)?.[1] ?? "", client };
}
