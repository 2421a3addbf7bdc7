/** Restores a file from quarantine to where it was. */
import { posix } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { QuarantineRestore, QuarantineRestored } from '../../../schemas/quarantine.ts'
import { nameTaken } from '../../platform/name-taken.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import {
  contentOf,
  originFileOf,
  requireEntry,
  type QuarantineId,
} from '../views/read-quarantine.ts'

interface PlannedRestore {
  /** Its new path, relative to the root. */
  readonly path: string
  readonly from: string
  readonly steps: readonly Step[]
}

/** @throws quarantine.not_found, quarantine.no_origin, view.path_taken */
function planRestore(reader: StoreReader, id: string, as: string | undefined): PlannedRestore {
  const { paths } = reader
  const entry = requireEntry(reader, id)
  const content = contentOf(reader, id)
  const [only] = content
  if (entry.from === null || only === undefined || content.length > 1) {
    throw new AppError('quarantine.no_origin', `The original path of ${entry.name} is not known`, {
      hint: `Move it where you want it: it is at ${paths.at(entry.path)}.`,
    })
  }
  const path = as === undefined ? entry.from : posix.join(posix.dirname(entry.from), as)
  if (nameTaken(paths.at(path))) {
    throw new AppError('view.path_taken', `Something else is now at ${path}`, {
      hint: 'Restore it under another name: --as <name>.',
      details: { path },
    })
  }
  const from = paths.relative(only)
  const record = originFileOf(reader, id)
  const tidy = record === null ? null : writeStep(paths, record, null)
  return { path, from, steps: [{ do: 'move', from, to: path }, ...(tidy === null ? [] : [tidy])] }
}

/**
 * Restores an entry to where it was, or under another name beside that. Undo moves it back to
 * quarantine.
 * @throws quarantine.not_found
 * @throws quarantine.no_origin where no record says where it was
 * @throws view.path_taken where that path is taken; disk.*
 */
export async function restoreQuarantined(
  ctx: StoreContext,
  actor: string,
  { id, as, dry_run }: QuarantineRestore & QuarantineId,
): Promise<QuarantineRestored> {
  const { reader } = ctx.store
  reader.requireInitialized()
  if (dry_run) return { dry_run, id, path: planRestore(reader, id, as).path }
  const path = await ctx.store.transact(actor, async (tx) => {
    const planned = planRestore(tx, id, as)
    const about = { before: { path: planned.from }, after: { path: planned.path } }
    await tx.perform({ op: 'quarantine.restore', ...about, syncViews: true }, planned.steps)
    await syncActiveViews(tx)
    return planned.path
  })
  return { dry_run, id, path }
}
