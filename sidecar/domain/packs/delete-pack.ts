/** Deletes a pack: its documents and profiles, never the bytes of its models. */
import { join } from 'node:path'
import type { PackName, ProfileName, UiName, Uuid } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { PackDeletion } from '../../../schemas/pack.ts'
import { nameTaken } from '../../platform/name-taken.ts'
import { goneStep } from '../../store/pack-register.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { leaveProfiles } from '../profiles/leave-profiles.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { closerLook, startTakingIn } from '../profiles/take-along.ts'
import { derivedOf, planPackDeletion } from './plan-pack-deletion.ts'

function profileSteps(tx: StoreTx, plan: PackDeletion): Step[] {
  const leave = plan.removed_from_profiles.map((one) => {
    const name = one as ProfileName
    const profile = tx.profile(name)
    const packs = profile?.packs.filter((pack) => pack.name !== plan.pack) ?? []
    const text = profile === null ? null : documentText({ ...profile, packs })
    return writeStep(tx.paths, tx.paths.profile(name), text)
  })
  const remove = plan.removed_profiles.map((name) =>
    writeStep(tx.paths, tx.paths.profile(name as ProfileName), null),
  )
  return [...leave, ...remove].filter((step) => step !== null)
}

/** Steps that move the pack's whole folder to the trash, from where undo restores it exactly. */
function trashSteps(tx: StoreTx, id: Uuid, name: PackName): Step[] {
  const folder = join(tx.paths.trash, id)
  const entry = { schema: 'synapse.pack_trash.v1', pack: name, deleted_at: tx.timestamp() }
  return [
    {
      do: 'write',
      // Not entry.json, which marks entries with model bytes.
      path: tx.paths.relative(join(folder, 'pack-entry.json')),
      before: null,
      after: documentText(entry),
    },
    {
      do: 'move',
      from: tx.paths.relative(tx.paths.packFolder(name)),
      to: tx.paths.relative(join(folder, 'pack')),
    },
  ]
}

async function carryOut(tx: StoreTx, plan: PackDeletion, name: PackName): Promise<Uuid> {
  const gone = derivedOf(name)
  await leaveProfiles(tx, gone)
  const id = tx.newId()
  const folder = nameTaken(tx.paths.packFolder(name))
  const away = folder ? trashSteps(tx, id, name) : [goneStep(tx.paths, name)]
  const steps = [...profileSteps(tx, plan), ...away]
  const about = { pack: name }
  await tx.perform({ op: 'pack.delete', id, before: about, after: about, syncViews: true }, steps)
  await syncActiveViews(tx)
  return id
}

/** The pack to delete, and whether only the plan is requested. */
export interface PackDelete {
  readonly pack: PackName
  readonly dry_run: boolean
}

/**
 * Deletes a pack: interfaces that show its profile go back first, it is removed from every profile,
 * and its own profiles are deleted. Models are kept. Undo restores the documents, not the stacks.
 * @throws pack.not_found, profile.conflict or pack.cycle for a profile to go back to, disk.*
 */
export async function deletePack(
  ctx: StoreContext,
  actor: string,
  { pack: name, dry_run }: PackDelete,
): Promise<PackDeletion> {
  const { reader } = ctx.store
  if (dry_run) return withFiles(reader, planPackDeletion(reader, name))
  const deleted = await ctx.store.transact(actor, async (tx) => {
    const planned = planPackDeletion(tx, name)
    return { ...planned, dry_run: false, journal_id: await carryOut(tx, planned, name) }
  })
  const plan = await withFiles(reader, deleted)
  const job = await startTakingIn(ctx, [plan.out_of_sight])
  for (const ui of plan.goes_back_in_uis) {
    const profile = ctx.store.reader.stack(ui as UiName).at(-1)
    if (profile !== undefined) ctx.publish({ type: 'profile.activated', ui, profile })
  }
  return job === null ? plan : { ...plan, adopt_job: job }
}

async function withFiles(reader: StoreReader, plan: PackDeletion): Promise<PackDeletion> {
  if (plan.out_of_sight === undefined) return plan
  return { ...plan, out_of_sight: await closerLook(reader, plan.out_of_sight) }
}
