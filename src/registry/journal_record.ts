import { isDigest } from "../oci/digest.ts";
import type { JournaledBlob } from "./upload_journal.ts";
import type { UploadCheckpoint } from "./upload_state.ts";

/** What a checkpoint is about; another registry or program cannot use it. */
export interface JournalSubject extends JournaledBlob {
  /** What tells the registry from all others. */
  readonly registry: string;
  /** Name and versions of the program: others may compress differently. */
  readonly program: string;
}

/** A checkpoint in a file. */
export interface JournalRecord extends JournalSubject, UploadCheckpoint {
  /** When it was written, milliseconds since 1970. */
  readonly savedAt: number;
}

/** Of the form of a record; another one is not read. */
const FORM = 1;

/** Writes a record as a line of text. */
export function formatRecord(record: JournalRecord): string {
  return JSON.stringify({ form: FORM, ...record }) + "\n";
}

/**
 * Reads the first line of a file. What follows it is left of a longer line.
 *
 * @returns `undefined` when it is no record about this subject, as after a
 *   write that was cut off
 */
export function parseRecord(
  text: string,
  subject: JournalSubject,
): JournalRecord | undefined {
  const end = text.indexOf("\n");
  const fields = end === -1 ? undefined : parseObject(text.slice(0, end));
  if (fields?.form !== FORM) return undefined;
  const { location, offset, savedAt } = fields;
  if (typeof location !== "string") return undefined;
  if (typeof offset !== "number" || typeof savedAt !== "number") {
    return undefined;
  }
  const { registry, program, repository, identity } = subject;
  const wanted = { registry, program, repository, identity };
  const digest = typeof fields["digest"] === "string" ? fields["digest"] : "";
  const same = Object.entries(wanted)
    .every(([name, value]) => fields[name] === value);
  if (!same) return undefined;
  return {
    ...{ ...wanted, location, offset, savedAt },
    ...isDigest(digest) && { digest },
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
