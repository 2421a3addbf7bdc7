/** Approves a pickle file for views by its digest, or revokes that. */
import { AppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { ApprovalResult } from '../../../schemas/inventory.ts'
import { timestampOf, type Clock } from '../../platform/clock.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { OperationFacts } from '../../store/operation-facts.ts'
import type { StoreContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { unlinkBlob } from '../views/unlink-blob.ts'

/** Whether a model is approved, by its digest. */
interface Approval {
  readonly sha256: Sha256
  readonly approved: boolean
}

/**
 * The steps that approve a blob, or revoke that; null where nothing changes.
 * @throws blob.not_found, store.newer_format
 */
function planApproval(
  reader: StoreReader,
  { sha256, approved }: Approval,
  at: string,
): Step[] | null {
  if (!reader.hasBlob(sha256)) throw new AppError('blob.not_found', 'No such model in the store')
  const document = reader.approvals()
  const others = document.approved.filter((one) => one.sha256 !== sha256)
  if (approved === others.length < document.approved.length) return null
  const list = approved ? [...others, { sha256, at }] : others
  const text = documentText({ ...document, approved: list })
  const step = writeStep(reader.paths, reader.paths.approvals, text)
  return step === null ? [] : [step]
}

/**
 * Returns what approving a blob, or revoking that, would do; nothing is changed.
 * @throws store.not_initialized and as {@link approveBlob}
 */
export async function previewApproval(
  ctx: StoreContext & { readonly clock: Clock },
  approval: Approval,
): Promise<ApprovalResult> {
  const { sha256, approved } = approval
  const { reader } = ctx.store
  reader.requireInitialized()
  const steps = planApproval(reader, approval, timestampOf(ctx.clock))
  const withdrawn = approved || steps === null ? null : sha256
  const views = await previewSteps(ctx, steps ?? [], withdrawn)
  return { dry_run: true, sha256, approved, changed: steps !== null, views }
}

/**
 * Approves a blob, or revokes that, and syncs views.
 * @throws blob.not_found, store.newer_format, disk.*
 */
export async function approveBlob(
  ctx: StoreContext,
  actor: string,
  approval: Approval,
): Promise<ApprovalResult> {
  const { sha256, approved } = approval
  const changed = await ctx.store.transact(actor, async (tx) => {
    const steps = planApproval(tx, approval, tx.timestamp())
    if (steps === null) return false
    const facts: OperationFacts = {
      op: approved ? 'blob.approve' : 'blob.revoke',
      after: { sha256 },
      syncViews: true,
    }
    const first = approved ? undefined : () => unlinkBlob(tx, sha256)
    await tx.perform(facts, steps, first)
    await syncActiveViews(tx)
    return true
  })
  return { dry_run: false, sha256, approved, changed }
}
