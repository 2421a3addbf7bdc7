/** Endpoint → use case. No rule lives here. */
import { VERSION } from '../../../schemas/version.ts'
import type { Handlers } from './handler.ts'
import { authHandlers } from './auth-handlers.ts'
import type { HandlerContext } from './context.ts'
import { importsHandlers } from './imports-handlers.ts'
import { inventoryHandlers } from './inventory-handlers.ts'
import { jobsHandlers } from './jobs-handlers.ts'
import { journalHandlers } from './journal-handlers.ts'
import { packsHandlers } from './packs-handlers.ts'
import { profilesHandlers } from './profiles-handlers.ts'
import { quarantineHandlers } from './quarantine-handlers.ts'
import { storeHandlers } from './store-handlers.ts'
import { trashHandlers } from './trash-handlers.ts'

/** Returns a handler for every endpoint of the table. */
export function createHandlers(context: HandlerContext): Handlers {
  return {
    health: () => ({
      status: 'ok',
      name: 'synapse',
      version: VERSION,
      last_event: context.services.events.lastId,
    }),
    ...storeHandlers(context),
    ...inventoryHandlers(context),
    ...packsHandlers(context),
    ...profilesHandlers(context),
    ...importsHandlers(context),
    ...jobsHandlers(context),
    ...journalHandlers(context),
    ...trashHandlers(context),
    ...quarantineHandlers(context),
    ...authHandlers(context),
  }
}
