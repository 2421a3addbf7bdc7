/** Deleting a pack: its documents and profiles, never the bytes of its models. */
import { join } from 'node:path'
import * as v from 'valibot'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { UiName, type PackName, type ProfileName, type Uuid } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Lock, Pack, PackDeletion } from '../../../schemas/pack.ts'
import type { HiddenFile } from '../../../schemas/view-files.ts'
import { nameTaken } from '../../platform/move-file.ts'
import { absentPapers } from '../../store/absent-papers.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import { goneStep } from '../../store/pack-register.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { truncated } from '../truncate-list.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { performSwitch } from '../profiles/perform-switch.ts'
import { derivedProfile, without } from '../profiles/runtime-stack.ts'
import { closerLook, startTakingIn } from '../profiles/take-along.ts'
import { hiddenFiles } from '../views/hidden-files.ts'
import { digestOf, exposedName } from '../../store/lock-entries.ts'
import { profilesNaming } from './read-packs.ts'

/** The profiles that `use` makes of a pack, be they there or not. */
function derivedOf(name: PackName): Set<ProfileName> {
  return new Set([derivedProfile(name, false), derivedProfile(name, true)])
}

/** The stacks that lose a profile, as they will be. */
function stacksWithout(
  reader: StoreReader,
  gone: ReadonlySet<ProfileName>,
): Map<UiName, ProfileName[]> {
  const uis = Object.keys(reader.runtime().ui).filter((ui): ui is UiName => v.is(UiName, ui))
  return new Map(
    uis
      .map((ui) => [ui, reader.stack(ui)] as const)
      .filter(([, stack]) => stack.some((profile) => gone.has(profile)))
      .map(([ui, stack]) => [ui, without(stack, gone)]),
  )
}

/** A document of a pack, or null where it is absent; `undefined` where it cannot be read. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!isAppError(error)) throw error
    return undefined
  }
}

/** Digests that the locks of all other packs name; null where one of them cannot be read. */
function digestsOfOthers(reader: StoreReader, name: PackName): Set<string> | null {
  const digests = new Set<string>()
  for (const other of reader.packNames()) {
    if (other === name) continue
    const lock = readable(() => reader.lock(other))
    if (lock === undefined) return null
    for (const entry of lock?.resolved ?? []) digests.add(digestOf(entry) ?? '')
  }
  return digests
}

function orphansOf(reader: StoreReader, name: PackName): PackDeletion['becomes_orphan'] {
  const lock: Lock | null = readable(() => reader.lock(name)) ?? null
  const pack: Pack | null = readable(() => reader.pack(name)) ?? null
  const others = digestsOfOthers(reader, name)
  if (others === null) return []
  const orphans = new Map<string, string>()
  for (const entry of lock?.resolved ?? []) {
    const sha256 = digestOf(entry)
    if (sha256 === null || others.has(sha256) || orphans.has(sha256)) continue
    if (!reader.hasBlob(sha256)) continue
    const dependency = pack?.dependencies.find((one) => one.id === entry.dependency_id)
    orphans.set(sha256, exposedName(dependency, entry))
  }
  return [...orphans].map(([sha256, display_name]) => ({ sha256, display_name }))
}

/**
 * Reports whether a pack is not there though something knows of it: deleting it says that it is
 * gone.
 */
function isMissed(reader: StoreReader, name: PackName): boolean {
  return absentPapers(reader).some(({ pack }) => pack === name)
}

/**
 * What deleting a pack would do. Models become orphans only where every lock can be read.
 * @throws pack.not_found, store.document_broken of runtime
 */
function planPackDeletion(reader: StoreReader, name: PackName): PackDeletion {
  if (!reader.packNames().includes(name) && !isMissed(reader, name)) {
    throw new AppError('pack.not_found', `There is no pack "${name}"`)
  }
  const gone = derivedOf(name)
  const tops = [...stacksWithout(reader, gone).keys()].filter((ui) => {
    const top = reader.stack(ui).at(-1)
    return top !== undefined && gone.has(top)
  })
  return {
    dry_run: true,
    pack: name,
    removed_from_profiles: profilesNaming(reader, name).filter((profile) => !gone.has(profile)),
    goes_back_in_uis: tops,
    removed_profiles: reader.profileNames().filter((profile) => gone.has(profile)),
    becomes_orphan: orphansOf(reader, name),
    ...outOfSight(leftInViews(reader, gone)),
  }
}

function outOfSight(files: readonly HiddenFile[]): Pick<PackDeletion, 'out_of_sight'> {
  return files.length === 0 ? {} : { out_of_sight: truncated(files) }
}

/** Files of somebody's in the views of profiles that go. */
function leftInViews(reader: StoreReader, gone: ReadonlySet<ProfileName>): HiddenFile[] {
  return reader
    .uisWithViews()
    .filter((ui) => reader.linkStyle(ui).folder !== 'none')
    .flatMap((ui) => [...gone].flatMap((profile) => hiddenFiles(reader, { ui, profile }, true)))
}

/** Takes profiles out of all stacks, in one switch. */
async function leaveProfiles(tx: StoreTx, gone: ReadonlySet<ProfileName>): Promise<void> {
  const stacks = stacksWithout(tx, gone)
  if (stacks.size === 0) return
  await performSwitch(tx, {
    action: 'back',
    profile: null,
    stacks,
    documents: new Map(),
    refresh: false,
    depth: 'incremental',
  })
}

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

/** The pack's whole folder goes to the trash, from where undo brings it back to the byte. */
function trashSteps(tx: StoreTx, id: Uuid, name: PackName): Step[] {
  const folder = join(tx.paths.trash, id)
  const entry = { schema: 'synapse.pack_trash.v1', pack: name, deleted_at: tx.timestamp() }
  return [
    {
      do: 'write',
      // Not entry.json, by which the trash knows bytes of models.
      path: tx.paths.place(join(folder, 'pack-entry.json')),
      before: null,
      after: documentText(entry),
    },
    {
      do: 'move',
      from: tx.paths.place(tx.paths.packFolder(name)),
      to: tx.paths.place(join(folder, 'pack')),
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

/**
 * Deletes a pack: interfaces that show its profile go back first, it leaves every profile, its own
 * profiles go with it. Models stay where they are. Undo brings the documents back, not the stacks.
 * @throws pack.not_found, profile.conflict or pack.cycle of a profile to go back to, disk.*
 */
export async function deletePack(
  ctx: StoreContext,
  actor: string,
  name: PackName,
  options: { readonly dry_run: boolean },
): Promise<PackDeletion> {
  const { reader } = ctx.store
  if (options.dry_run) return withFiles(reader, planPackDeletion(reader, name))
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
