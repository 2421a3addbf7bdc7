import { isSha256, type Sha256, type Uuid } from '../../../../schemas/ids.ts'
import type { JournalOperation } from '../../../store/journal.ts'
import type { StoreTx } from '../../../store/store-tx.ts'
import { unlinkBlob } from '../../views/unlink-blob.ts'
import type { KindOf, OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** The record of an operation that is being undone. */
export interface Undone {
  readonly of: Uuid
  readonly op: string
  readonly sha256: Sha256 | null
}

/** Returns the blob to unlink from all views before an operation is undone; null for none. */
export function blobToUnlink({ op, sha256 }: Partial<Undone>, kindOf: KindOf): Sha256 | null {
  const withdraws = op !== undefined && kindOf(op)?.unlinksBlob === true
  return withdraws && isSha256(sha256) ? sha256 : null
}

/** Unlinks the blob of an operation from all views before it is undone. @throws disk.* */
export async function unlinkUndone(
  tx: StoreTx,
  about: Partial<Undone>,
  kindOf: KindOf,
): Promise<void> {
  const sha256 = blobToUnlink(about, kindOf)
  if (sha256 !== null) await unlinkBlob(tx, sha256)
}

/** Finishes an interrupted undo. @throws disk.* */
async function finishUndo(tx: StoreTx, open: JournalOperation, kindOf: KindOf): Promise<void> {
  const about = open.begin.before as Partial<Undone>
  await unlinkUndone(tx, about, kindOf)
  const done = await tx.finish(open)
  if (done && about.of !== undefined && about.op !== undefined) {
    await tx.markUndone(about.of, about.op)
  }
}

/** `journal.undo` */
export const JOURNAL_UNDO: OperationKind = {
  op: 'journal.undo',
  summary: (before) => `Undid ${text(before, 'op')} of ${text(before, 'of')}`,
  rank: 4,
  finish: finishUndo,
  undo: { by: 'never', reason: 'Repeat what it undid instead', follows: true },
  panel: true,
}
