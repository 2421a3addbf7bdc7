/** `journal.*`. */
import { listJournal, showEntry } from '../../domain/journal/read-journal.ts'
import { findEntry, previewUndo, undoEntry } from '../../domain/journal/undo-entry.ts'
import type { Patience } from '../../platform/mount-caller.ts'
import { rightsOf } from '../auth/allow-paths.ts'
import type { HandlerContext, HandlersOf } from './context.ts'
import type { Caller } from './handler.ts'

/** Handlers of the journal. */
export function journalHandlers({ services }: HandlerContext): HandlersOf<'journal'> {
  const asked = (caller: Caller, patience: Patience) => {
    return { ...services, rights: rightsOf(services, caller, patience) }
  }
  return {
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
  }
}
