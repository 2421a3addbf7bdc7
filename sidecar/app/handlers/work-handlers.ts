/** `imports.*`, `jobs.*`, `journal.*`, `trash.*`. */
import { previewImport } from '../../domain/imports/import-files.ts'
import { emptyTrash, previewRestore, restoreFromTrash } from '../../domain/inventory/trash.ts'
import { trashEntries } from '../../domain/inventory/trash-entries.ts'
import { listJournal, showEntry } from '../../domain/journal/read-journal.ts'
import { findEntry, previewUndo, undoEntry } from '../../domain/journal/undo-entry.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import { allowPaths } from '../allow-paths.ts'
import { importJob } from '../job-kinds.ts'
import type { Caller } from '../handlers.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of long work and of what was done. */
export function workHandlers({
  services,
}: HandlerContext): HandlersOf<'imports' | 'jobs' | 'journal' | 'trash'> {
  const { jobs, store } = services
  const asked = ({ scope }: Pick<Caller, 'scope'>) => ({ ...services, rights: { scope } })
  /** Whether a browser may undo something depends on where its roots lead. */
  const lookAtRoots = async ({ scope }: Pick<Caller, 'scope'>, patient: boolean) => {
    if (scope === 'owner') return
    await services.places.getToKnow(store.reader.machine().import_roots, patient)
  }
  return {
    'imports.preview': async ({ body }, caller) => {
      const allowed = await allowPaths(services, caller, body.paths)
      return previewImport(services, { ...body, ...allowed })
    },
    'imports.start': async ({ body }, caller) => {
      const order = { ...body, ...(await allowPaths(services, caller, body.paths)) }
      return jobs.start(importJob(services, caller.actor, order))
    },
    'jobs.list': async ({ query }) => {
      await jobs.refresh()
      return jobs.list(query)
    },
    'jobs.show': async ({ params }) => {
      await jobs.refresh()
      return jobs.get(params.id)
    },
    'jobs.items': ({ params, query }) => jobs.items(params.id, query),
    'jobs.cancel': ({ params }) => jobs.cancel(params.id),
    'journal.list': async ({ query }, caller) => {
      await lookAtRoots(caller, false)
      return listJournal(asked(caller), query)
    },
    'journal.show': async ({ params, query }, caller) => {
      await lookAtRoots(caller, false)
      const question = asked(caller)
      return showEntry(question, findEntry(question, params.id), query)
    },
    'journal.undo': async ({ params, body }, { actor, scope }) => {
      await lookAtRoots({ scope }, true)
      const undo = body.dry_run ? previewUndo : undoEntry
      return undo(services, { actor, rights: { scope } }, params.id)
    },
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
