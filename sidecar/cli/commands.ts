/** The one table of commands. */
import type { Command } from './command.ts'
import { ACCESS_COMMANDS } from './commands/access.ts'
import { ACTIVITY_COMMANDS } from './commands/activity.ts'
import { JOB_COMMANDS } from './commands/jobs.ts'
import { CONFIG_COMMANDS } from './commands/config.ts'
import { HELP_COMMANDS } from './commands/help.ts'
import { IMPORT_COMMANDS } from './commands/import.ts'
import { INVENTORY_CHANGES } from './commands/inventory-changes.ts'
import { INVENTORY_COMMANDS } from './commands/inventory.ts'
import { PACK_COMMANDS } from './commands/pack.ts'
import { PROFILE_COMMANDS } from './commands/profiles.ts'
import { QUARANTINE_COMMANDS } from './commands/quarantine.ts'
import { SERVICE_COMMANDS } from './commands/service.ts'
import { STORE_COMMANDS } from './commands/store.ts'
import { SWITCH_COMMANDS } from './commands/switch.ts'
import { TRASH_COMMANDS } from './commands/trash.ts'

/** Every command, in the order of the help. Parser, help, completion and docs are made from it. */
export const COMMANDS: readonly Command[] = [
  ...SERVICE_COMMANDS,
  ...STORE_COMMANDS,
  ...CONFIG_COMMANDS,
  ...PACK_COMMANDS,
  ...SWITCH_COMMANDS,
  ...PROFILE_COMMANDS,
  ...INVENTORY_COMMANDS,
  ...IMPORT_COMMANDS,
  ...INVENTORY_CHANGES,
  ...TRASH_COMMANDS,
  ...QUARANTINE_COMMANDS,
  ...JOB_COMMANDS,
  ...ACTIVITY_COMMANDS,
  ...ACCESS_COMMANDS,
  ...HELP_COMMANDS,
]
