import type { CommandEntry } from "./command_spec.ts";
import { completionCommand } from "./commands/completion.ts";
import { copyCommand } from "./commands/copy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { lsCommand } from "./commands/ls.ts";
import { proxyCommand } from "./commands/proxy.ts";
import { pullCommand } from "./commands/pull.ts";
import { pushCommand } from "./commands/push.ts";
import { rbacCommand } from "./commands/rbac.ts";
import { registryCommands } from "./commands/registry.ts";
import { rmCommand } from "./commands/rm.ts";
import { serveCommand } from "./commands/serve.ts";
import { tagCommand } from "./commands/tag.ts";
import { versionCommand } from "./commands/version.ts";

/** All commands, in the order of help. */
export const commands: readonly CommandEntry[] = [
  pushCommand,
  pullCommand,
  copyCommand,
  lsCommand,
  inspectCommand,
  tagCommand,
  rmCommand,
  proxyCommand,
  registryCommands,
  rbacCommand,
  serveCommand,
  doctorCommand,
  completionCommand,
  versionCommand,
];
