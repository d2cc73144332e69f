import type {
  DockerCredentialHost,
  HelperResult,
} from "./docker_credentials.ts";
import type { Io } from "./io.ts";

/** The machine that the program runs on, for Docker's credential store. */
export function systemCredentialHost(io: Io): DockerCredentialHost {
  const { os, readFile } = io.kubeHost({ stdinTaken: true });
  return {
    os,
    readFile,
    env: (name) => io.env(name),
    runHelper: (program, input) => runHelper(program, input, io.signal),
  };
}

async function runHelper(
  program: string,
  input: string,
  signal: AbortSignal,
): Promise<HelperResult> {
  const process = start(program, signal);
  const [stdout, stderr, { code }] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.status,
    write(process.stdin, input),
  ]);
  signal.throwIfAborted();
  return { code, stdout, stderr };
}

function start(program: string, signal: AbortSignal): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: ["get"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).spawn();
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "it is not on PATH"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new Error(
      `Cannot run Docker's credential helper "${program}": ${reason}`,
      { cause },
    );
  }
}

/** A helper that ends before it has read everything says why by its code. */
async function write(
  stdin: WritableStream<Uint8Array>,
  input: string,
): Promise<void> {
  try {
    await new Blob([input]).stream().pipeTo(stdin);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
