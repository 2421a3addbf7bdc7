/** Taking a file out of a view whose bytes the store holds: a link stands there instead. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { type Sha256 } from '../../../schemas/ids.ts'
import { asideName } from '../../platform/aside-name.ts'
import { nameTaken } from '../../platform/disk.ts'
import { identityAt, isSameInode, isUntouched, seenFile } from '../../platform/file-identity.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import { applySteps, type Step } from '../../store/act.ts'
import type { JournalAct } from '../../store/journal.ts'
import { stepsOf, type StoreTx } from '../../store/store-tx.ts'

/** A copy of a blob, both as they were when they were read. */
export interface ReadCopy {
  /** Absolute. */
  readonly path: string
  readonly copy: Digests
  /** The blob's own bytes, read back. */
  readonly blob: Digests
}

/**
 * Removes the name of a copy: it is renamed in its own folder, the blob is looked at, and only then
 * it goes. Its links follow with the views.
 * @throws import.source_changed where the copy was written to since it was read
 * @throws blob.not_found, blob.integrity_mismatch where the blob is not what was read; the copy stays
 * @throws disk.*
 */
export async function releaseCopy(tx: StoreTx, { path, copy, blob }: ReadCopy): Promise<void> {
  const { sha256 } = copy
  const aside = asideName(path)
  const [from, to] = [tx.paths.place(path), tx.paths.place(aside)]
  const steps: Step[] = [
    { do: 'move', from, to, seen: seenFile(copy) },
    { do: 'unlink', path: to },
  ]
  refuseOtherBlob(tx, blob)
  const facts = { op: 'view.relink', before: { path: from, sha256 }, viewsFollow: true } as const
  const id = await tx.begin(facts, steps)
  try {
    await applySteps(tx.paths, steps.slice(0, 1))
    refuseAlias(tx, aside, sha256, copy.size_bytes)
  } catch (error) {
    await tx.takeStepsBack(id, steps.slice(0, 1))
    throw error
  }
  await applySteps(tx.paths, steps.slice(1))
  await tx.endOnceFollowed(id)
}

/** The blob must still be the file that was read. */
function refuseOtherBlob(tx: StoreTx, seen: Digests): void {
  const blob = tx.paths.blob(seen.sha256)
  const now = identityAt(blob)
  if (now === null) throw new AppError('blob.not_found', `${blob} is gone`)
  if (!isUntouched(now, seenFile(seen))) {
    throw new AppError('blob.integrity_mismatch', `${blob} has changed`)
  }
}

/** A copy that shows up under its fresh name beside the blob is the blob itself, seen elsewhere. */
function refuseAlias(tx: StoreTx, aside: string, sha256: Sha256, size_bytes: number): void {
  const blob = tx.paths.blob(sha256)
  const beside = fs.lstatSync(join(dirname(blob), basename(aside)), { throwIfNoEntry: false })
  const [held, left] = [identityAt(blob), identityAt(aside)]
  const isOther = held !== null && left !== null && !isSameInode(held, left)
  if (beside === undefined && isOther && held.size_bytes === size_bytes) return
  throw new AppError('blob.not_found', `${aside} may be the only copy of ${sha256.slice(0, 12)}`)
}

/**
 * Settles a removal that a crash left open. A copy that still waits under its fresh name is put
 * back, never let go: what was proven before the crash need not be so any more.
 * @throws disk.*
 */
export async function finishRelease(tx: StoreTx, open: JournalAct): Promise<void> {
  const steps = stepsOf(open)
  const [move] = steps
  const isGone =
    move?.do === 'move' &&
    !nameTaken(tx.paths.at(move.to)) &&
    fs.lstatSync(tx.paths.at(move.from), { throwIfNoEntry: false })?.isFile() !== true
  // It went as it should, and a link may stand there already.
  if (isGone) await tx.endOnceFollowed(open.begin.id)
  else await tx.takeStepsBack(open.begin.id, steps.slice(0, 1))
}
