/** Endpoint → use case. No rule lives here. */
import { VERSION } from '../../schemas/version.ts'
import type { Handlers } from './handlers.ts'
import { authHandlers } from './handlers/auth-handlers.ts'
import type { HandlerContext } from './handlers/context.ts'
import { inventoryHandlers } from './handlers/inventory-handlers.ts'
import { packHandlers } from './handlers/pack-handlers.ts'
import { profileHandlers } from './handlers/profile-handlers.ts'
import { quarantineHandlers } from './handlers/quarantine-handlers.ts'
import { storeHandlers } from './handlers/store-handlers.ts'
import { workHandlers } from './handlers/work-handlers.ts'

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
    ...packHandlers(context),
    ...profileHandlers(context),
    ...workHandlers(context),
    ...quarantineHandlers(context),
    ...authHandlers(context),
  }
}
