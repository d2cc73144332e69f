import { formatRecord, type ServerRecord } from "../server/server_record.ts";
import type { Output } from "./io.ts";
import type { OutputFormat } from "./output_flags.ts";

/** Lines that may wait for a reader; more would be memory without end. */
const MAX_PENDING = 1000;

/** What the command itself has to say. */
export interface ServeNotice {
  /** Tells the notice from others. */
  readonly kind: "start" | "stop" | "warning" | "failure";
  /** The sentence. */
  readonly message: string;
  /** Where the server serves, once it does. */
  readonly url?: string;
}

/** The log of a server: a line for each record, which is never waited for. */
export class ServeLog {
  readonly #output: Output;
  readonly #format: OutputFormat;
  #dropped = 0;

  /** Writes lines of a form. */
  constructor(output: Output, format: OutputFormat) {
    this.#output = output;
    this.#format = format;
  }

  /** Writes what the server did. */
  record(record: ServerRecord): void {
    const isJson = this.#format === "json";
    this.#write(isJson ? JSON.stringify(record) : formatRecord(record));
  }

  /** Writes what the command has to say. */
  notice(notice: ServeNotice): void {
    const { kind, message, ...more } = notice;
    const time = new Date().toISOString();
    const head = kind === "warning" ? `${time} Warning:` : time;
    this.#write(
      this.#format === "json"
        ? JSON.stringify({ kind, time, message, ...more })
        : `${head} ${message}`,
    );
  }

  /** Waits until all lines are written, or their reader has gone. */
  async flush(): Promise<void> {
    await this.#output.write("");
  }

  #write(line: string): void {
    if (this.#output.pending >= MAX_PENDING) {
      this.#dropped++;
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) {
      const message = `${dropped} lines are missing: nobody read the log`;
      this.notice({ kind: "warning", message });
    }
    this.#output.write(`${line}\n`);
  }
}
