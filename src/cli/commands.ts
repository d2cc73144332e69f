import type { CommandSpec } from "./command_spec.ts";
import { completionCommand } from "./commands/completion.ts";
import { pushCommand } from "./commands/push.ts";
import { versionCommand } from "./commands/version.ts";

/** All commands, in the order of help. */
export const commands: readonly CommandSpec[] = [
  pushCommand,
  completionCommand,
  versionCommand,
];
