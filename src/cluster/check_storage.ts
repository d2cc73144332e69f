import type { CheckResult } from "./doctor_finding.ts";
import { type RegistryUsage, roomIn } from "./registry_usage.ts";

/** Less than this part of what it can hold left is worth a warning. */
const LITTLE = 0.1;

/** Bytes of a megabyte, as sizes are shown. */
const MEGABYTE = 1_000_000;

/**
 * Tells how much room the registry has left. Only our own server says it.
 *
 * @param usage what it says; absent where it says nothing
 */
export function checkStorage(
  usage: RegistryUsage | undefined,
): CheckResult<number> {
  if (usage === undefined) {
    return { status: "skipped", text: "not known: the registry does not tell" };
  }
  const { bytes: used } = usage;
  const left = roomIn(usage);
  const shown = `${megabytes(used)} used`;
  if (left === undefined) {
    const text = `${shown}, no limit is set; the room on its disk is not known`;
    return { status: "ok", text, facts: { used }, value: used };
  }
  const facts = { used, left };
  const text = `${shown}, ${megabytes(left)} left`;
  if (left >= LITTLE * (used + left)) {
    return { status: "ok", text, facts, value: used };
  }
  return {
    status: "warning",
    text,
    advice: "Delete images that nobody needs, or give the registry more room",
    facts,
    value: used,
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0)} MB`;
}
