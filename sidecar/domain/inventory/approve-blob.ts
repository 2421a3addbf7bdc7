/** Letting a pickle file into views, by its digest, or holding it back again. */
import { AppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { ApprovalResult } from '../../../schemas/inventory.ts'
import { writeStep } from '../../store/act.ts'
import type { ActFacts } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { withdrawBlob } from '../views/withdraw-blob.ts'

/**
 * Approves a blob, or revokes that; views follow.
 * @throws blob.not_found, store.newer_format, disk.*
 */
export async function approveBlob(
  ctx: StoreContext,
  actor: string,
  sha256: Sha256,
  approved: boolean,
): Promise<ApprovalResult> {
  const style = await ctx.linkStyle()
  const changed = await ctx.store.transact(actor, async (tx) => {
    if (!tx.hasBlob(sha256)) throw new AppError('blob.not_found', 'There is no such model here')
    const document = tx.approvals()
    const others = document.approved.filter((one) => one.sha256 !== sha256)
    if (approved === others.length < document.approved.length) return false
    const list = approved ? [...others, { sha256, at: tx.timestamp() }] : others
    const text = documentText({ ...document, approved: list })
    const step = writeStep(tx.paths, tx.paths.approvals, text)
    tx.touched.config = true
    tx.touched.blobs.add(sha256)
    const facts: ActFacts = {
      op: approved ? 'blob.approve' : 'blob.revoke',
      after: { sha256 },
      viewsFollow: true,
    }
    const first = approved ? undefined : () => withdrawBlob(tx, style, sha256)
    await tx.act(facts, step === null ? [] : [step], first)
    await followChanges(tx, style)
    return true
  })
  return { sha256, approved, changed }
}
