/** Evicts a blob whose file was changed since it came into the store. */
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { Sha256, Uuid } from '../../../schemas/ids.ts'
import { documentText, lineText } from '../../../schemas/json.ts'
import { identityAt, isSameInode } from '../../platform/file-identity.ts'
import type { Step } from '../../store/steps.ts'
import type { InPlaceBlob } from '../../store/in-place-ledger.ts'
import type { StorePath } from '../../store/store-paths.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { viewsLinking, unlinkBlob } from '../views/unlink-blob.ts'

/** An evicted blob, and where its file is now. */
export interface Evicted {
  readonly sha256: Sha256
  /** Absolute. */
  readonly path: string
}

/** Where the file of a blob came from. */
interface Origin {
  /** Absolute, the links of its folder followed where that answers. */
  readonly path: string
  /** False where its folder is gone or does not answer. */
  readonly reachable: boolean
}

/** A file in a view is addressed by the view itself, not through the active link. */
async function originOf({ outside, paths }: StoreTx, { from }: InPlaceBlob): Promise<Origin> {
  const path = paths.absolute(from)
  try {
    const folder = await outside.realPath(dirname(path))
    return { path: join(folder.path, basename(path)), reachable: folder.exists }
  } catch {
    return { path, reachable: false }
  }
}

/** Reports whether the file may go back: its path is free, or will be by then. */
async function isFree(
  tx: StoreTx,
  blob: InPlaceBlob,
  { path, reachable }: Origin,
): Promise<boolean> {
  if (!reachable) return false
  const there = await tx.outside.call(path, 'identity', path)
  if (there === null) return true
  const held = identityAt(tx.paths.blob(blob.sha256))
  if (held !== null && isSameInode(there, held)) return true
  return viewsLinking(tx, blob.sha256).some(
    (link) => join(tx.paths.view(link.ui, link.profile), link.path) === path,
  )
}

async function evictionSteps(
  tx: StoreTx,
  id: Uuid,
  blob: InPlaceBlob,
): Promise<{ to: StorePath; steps: Step[] }> {
  const relative = (path: string) => tx.paths.relative(path)
  const origin = await originOf(tx, blob)
  const held = relative(tx.paths.blob(blob.sha256))
  const folder = join(tx.paths.quarantine, id)
  const goesBack = await isFree(tx, blob, origin)
  const back = tx.paths.relativeOrAbsolute(origin.path)
  const to = goesBack ? back : relative(join(folder, basename(origin.path)))
  const at = tx.timestamp()
  const note: Step[] = goesBack
    ? []
    : [
        {
          do: 'once',
          path: relative(join(folder, 'origin.json')),
          text: documentText({ from: back, at }),
        },
      ]
  const line = { event: 'evicted', sha256: blob.sha256, at, to }
  return {
    to,
    steps: [
      ...note,
      { do: 'mode', path: held, before: 0o444, after: blob.mode },
      { do: 'move', from: held, to },
      { do: 'line', path: relative(tx.paths.evictions), text: lineText(line) },
      // Last of all: appended lines survive a rollback, and later checks would skip the blob.
      { do: 'line', path: relative(tx.paths.inPlace), text: lineText(line) },
    ],
  }
}

/**
 * Removes a blob from all views and from the store: to the path that it came from, with its former
 * mode, or to quarantine where that path is taken. Packs still name it, as absent.
 * @returns null where it is already gone
 * @throws store.locked, path.offline where its old folder has just stopped answering, disk.*
 */
export async function evictBlob(
  ctx: StoreContext,
  actor: string,
  blob: InPlaceBlob,
): Promise<Evicted | null> {
  const { sha256 } = blob
  const to = await ctx.store.transact(actor, async (tx) => {
    if (!tx.hasBlob(sha256)) return null
    const id = tx.newId()
    const { to, steps } = await evictionSteps(tx, id, blob)
    const before = { sha256, path: tx.paths.relative(tx.paths.blob(sha256)) }
    const facts = { op: 'blob.evict', id, before, after: { path: to }, syncViews: true } as const
    try {
      await tx.perform(facts, steps, () => unlinkBlob(tx, sha256))
    } finally {
      await syncActiveViews(tx)
    }
    return to
  })
  if (to === null) return null
  ctx.publish({ type: 'blob.removed', sha256 })
  return { sha256, path: isAbsolute(to) ? to : ctx.store.paths.at(to) }
}
