/** `trash.*`. */
import { emptyTrash } from '../../domain/inventory/empty-trash.ts'
import { previewRestore, restoreFromTrash } from '../../domain/inventory/restore-from-trash.ts'
import { trashEntries } from '../../domain/inventory/trash-entries.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of the trash. */
export function trashHandlers({ services }: HandlerContext): HandlersOf<'trash'> {
  const { store } = services
  return {
    'trash.list': ({ query }) => {
      const entries = trashEntries(store.reader)
      const items = entries.slice(query.offset, query.offset + query.limit)
      return { total: entries.length, limit: query.limit, offset: query.offset, items }
    },
    'trash.restore': ({ params, body }, { actor }) =>
      body.dry_run
        ? previewRestore(services, params.id)
        : restoreFromTrash(services, actor, params.id),
    'trash.empty': (_input, { actor }) =>
      runAsGroup(uuidv7(services.clock.now()), () => emptyTrash(services, actor, 'all')),
    'trash.remove': ({ params }, { actor }) => emptyTrash(services, actor, { id: params.id }),
  }
}
