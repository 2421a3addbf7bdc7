/** Notes on views that status shows for some days: restored links, files that joined packs. */
import * as v from 'valibot'
import type { PackName } from '../../../schemas/ids.ts'
import { isAppError } from '../../../schemas/errors.ts'
import { ReturnedLink } from '../../../schemas/view-files.ts'
import { matchingOperations } from '../../index/list-operations.ts'
import type { OperationName } from '../../store/operation-names.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { recordedOperation, type JournalContext } from '../journal/find-operations.ts'
import { outCommand } from '../packs/out-command.ts'

/** Operations that status reports. */
const REPORTED: readonly OperationName[] = ['view.restore_links', 'view.adopt']
/** How many of each kind are examined, and how many are reported. */
const MAX_LOOKED_AT = 50
const MAX_REPORTED = 3

const REPORTED_MS = 7 * 86_400_000

/** Returns the newest operations that status reports, newest first. */
export function recentViewOperations(ctx: JournalContext, now: number): JournalOperation[] {
  const part = { limit: MAX_LOOKED_AT, offset: 0 }
  const found = ctx.index.operations((db) =>
    REPORTED.flatMap((op) => matchingOperations(db, { op }, part)),
  )
  return found
    .filter(({ at, undone_at }) => undone_at === null && now - Date.parse(at) < REPORTED_MS)
    .map((operation) => recordedOperation(ctx.store.reader, operation))
}

/** The first notes, and a last one on how many are left out. */
function firstOnes(notes: readonly string[], op: OperationName): string[] {
  const more = notes.length - MAX_REPORTED
  const rest = more > 0 ? [`… and ${String(more)} more: synapse journal --op ${op}`] : []
  return [...notes.slice(0, MAX_REPORTED), ...rest]
}

/** Reports whether a pack still names the file, so that its link exists. */
function isNamed(reader: StoreReader, { pack, dependency_id }: ReturnedLink): boolean {
  try {
    const document = reader.pack(pack as PackName)
    return document?.dependencies.some(({ id }) => id === dependency_id) === true
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}

const Restored = v.object({ ui: v.string(), links: v.array(ReturnedLink) })

function returnedNote(ui: string, link: ReturnedLink): string {
  const { path, pack, renamed_to } = link
  const what =
    renamed_to === undefined
      ? `${path} was removed from the view of ${ui} and is back`
      : `${path} was renamed to ${renamed_to} in the view of ${ui} and has its name again`
  return `${what}, since the pack ${pack} shows it. To take it out for good: \`${outCommand(link)}\``
}

function returnedNotes(reader: StoreReader, operations: readonly JournalOperation[]): string[] {
  const notes = new Map<string, string>()
  for (const { begin } of operations) {
    const facts = v.safeParse(Restored, begin.after)
    if (!facts.success) continue
    const { ui, links } = facts.output
    for (const link of links) {
      const key = `${ui}/${link.path}`
      if (!notes.has(key) && isNamed(reader, link)) notes.set(key, returnedNote(ui, link))
    }
  }
  return [...notes.values()]
}

const Adopted = v.object({ path: v.string(), pack: v.string() })

function adoptedNotes(operations: readonly JournalOperation[]): string[] {
  return operations.flatMap(({ begin }) => {
    const facts = v.safeParse(Adopted, begin.before)
    if (!facts.success) return []
    const { path, pack } = facts.output
    return [
      `${path}, saved over a link, is the file of the pack ${pack} now; the former one stays in ` +
        `the store. To undo that: \`synapse undo ${begin.id}\``,
    ]
  })
}

/** Returns the notes of status on operations from {@link recentViewOperations}. */
export function viewNotes(reader: StoreReader, operations: readonly JournalOperation[]): string[] {
  const of = (op: OperationName) => operations.filter(({ begin }) => begin.op === op)
  return [
    ...firstOnes(returnedNotes(reader, of('view.restore_links')), 'view.restore_links'),
    ...firstOnes(adoptedNotes(of('view.adopt')), 'view.adopt'),
  ]
}
