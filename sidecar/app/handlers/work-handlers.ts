/** `imports.*`, `jobs.*`, `journal.*`, `trash.*`. */
import { previewImport } from '../../domain/imports/preview-import.ts'
import { emptyTrash } from '../../domain/inventory/empty-trash.ts'
import { previewRestore, restoreFromTrash } from '../../domain/inventory/restore-from-trash.ts'
import { trashEntries } from '../../domain/inventory/trash-entries.ts'
import { listJournal, showEntry } from '../../domain/journal/read-journal.ts'
import { findEntry, previewUndo, undoEntry } from '../../domain/journal/undo-entry.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import type { Patience } from '../../platform/asked-place.ts'
import { allowPaths, rightsOf } from '../auth/allow-paths.ts'
import { importJob } from '../jobs/kinds/import.ts'
import { allowResume } from '../jobs/resume-rights.ts'
import type { Caller } from './handler.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of jobs and of what was done. */
export function workHandlers({
  services,
}: HandlerContext): HandlersOf<'imports' | 'jobs' | 'journal' | 'trash'> {
  const { jobs, store } = services
  const asked = (caller: Caller, patience: Patience) => {
    return { ...services, rights: rightsOf(services, caller, patience) }
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
    'jobs.pause': ({ params }) => jobs.pause(params.id),
    'jobs.resume': async ({ params }, caller) => {
      const job = jobs.get(params.id)
      if (job.state === 'paused') await allowResume(services, caller, job)
      return jobs.resume(params.id)
    },
    'jobs.idle': async ({ body: { paused } }) => {
      await jobs.setIdlePaused(paused)
      return { paused }
    },
    'journal.list': ({ query }, caller) => listJournal(asked(caller, 'brief'), query),
    'journal.show': async ({ params, query }, caller) => {
      const question = asked(caller, 'brief')
      return showEntry(question, await findEntry(question, params.id), query)
    },
    'journal.undo': ({ params, body }, caller) => {
      const undo = body.dry_run ? previewUndo : undoEntry
      const rights = rightsOf(services, caller, 'full')
      return undo(services, { actor: caller.actor, rights }, params.id)
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
