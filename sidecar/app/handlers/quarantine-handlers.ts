/** `quarantine.*`. */
import { discardQuarantined } from '../../domain/quarantine/discard-quarantined.ts'
import { quarantineEntries } from '../../domain/views/read-quarantine.ts'
import { restoreQuarantined } from '../../domain/quarantine/restore-quarantined.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of quarantine. */
export function quarantineHandlers({ services }: HandlerContext): HandlersOf<'quarantine'> {
  return {
    'quarantine.list': ({ query: { limit, offset } }) => {
      const entries = quarantineEntries(services.store.reader)
      const items = entries.slice(offset, offset + limit)
      return { total: entries.length, limit, offset, items }
    },
    'quarantine.restore': ({ params, body }, { actor }) =>
      restoreQuarantined(services, actor, { ...params, ...body }),
    'quarantine.discard': ({ params, query }, { actor }) =>
      discardQuarantined(services, actor, { ...params, ...query }),
  }
}
