/** A server that runs on this host for a while. */
export interface ServerProcess {
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until its standard error says that it is ready.
 *
 * @throws {Error} with its standard error when it ends before
 */
export async function startServer(
  command: readonly [string, ...string[]],
  ready: string,
): Promise<ServerProcess> {
  const [file, ...args] = command;
  const process = new Deno.Command(file, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const draining = drain(process, ready, resolve).then((text) =>
    reject(new Error(`Cannot start "${command.join(" ")}": it ended\n${text}`))
  );
  await promise;
  return {
    async stop() {
      process.kill("SIGTERM");
      await Promise.all([process.status, draining]);
    },
  };
}

async function drain(
  process: Deno.ChildProcess,
  ready: string,
  onReady: () => void,
): Promise<string> {
  let text = "";
  const decoded = process.stderr.pipeThrough(new TextDecoderStream());
  for await (const part of decoded) {
    text += part;
    if (text.includes(ready)) onReady();
  }
  return text;
}
