/**
 * A switch, step by step: journal, views that are not active, temporary links, `runtime.json` (the
 * commit point), active links, views that are active, journal. Before the commit point nothing has
 * changed; after it, a switch only goes forward.
 */
import { isDeepStrictEqual } from 'node:util'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { ProfileName, UiName, Uuid } from '../../../schemas/ids.ts'
import type { Profile, Runtime } from '../../../schemas/profile.ts'
import type { SwitchResult } from '../../../schemas/switch.ts'
import { prepareLink, renameLink } from '../../platform/links.ts'
import { ensureFolder } from '../../platform/folders.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import { applySteps } from '../../store/apply-steps.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { clearActivePath } from '../views/active-path.ts'
import { takeOverViews } from '../views/take-over-views.ts'
import { assertAtRest } from '../views/quarantine.ts'
import { settleSwitch, type Stacks } from './finish-switch.ts'
import {
  planSwitch,
  shownPlan,
  type PlannedSwitch,
  type SwitchIntent,
  type UiSwitch,
} from './plan-switch.ts'
import { activeTarget, bringUpToDate } from './activate-top.ts'

function stacksOf(uis: readonly UiSwitch[], which: 'before' | 'after'): Stacks {
  return Object.fromEntries(uis.map((one) => [one.ui, one[which]]))
}

function assertFresh(planned: PlannedSwitch, expect: string | undefined): void {
  if (expect === undefined || expect === planned.fingerprint) return
  throw new AppError('plan.stale', 'Something has changed since the plan was shown', {
    hint: 'Look at the new plan, then confirm again.',
    details: { plan: shownPlan(planned) },
  })
}

/** Returns what a switch would do, without a lock. @throws as planSwitch, plan.stale */
export function previewSwitch(
  reader: StoreReader,
  intent: SwitchIntent,
  expect?: string,
): SwitchResult {
  const planned = planSwitch(reader, intent)
  assertFresh(planned, expect)
  return resultOf(planned, { dry_run: true })
}

/**
 * Makes a switch. All interfaces of it move together, or none does.
 * @throws plan.stale, view.path_taken, profile.conflict, disk.*; then nothing has changed
 */
export async function performSwitch(
  tx: StoreTx,
  intent: SwitchIntent,
  expect?: string,
): Promise<SwitchResult> {
  const shown = planSwitch(tx, intent)
  assertFresh(shown, expect)
  const planned = (await takeOver(tx)) ? planSwitch(tx, intent) : shown
  for (const { ui, view } of planned.uis) {
    assertAtRest(tx, tx.paths.view(ui, view.slot), view.inTheWay)
  }
  const steps = documentSteps(tx, intent.documents)
  const built = Object.fromEntries(planned.uis.map((one) => [one.ui, one.view.scan.ours]))
  const id = await tx.begin(
    {
      op: 'profile.switch',
      before: { stacks: stacksOf(planned.uis, 'before'), built },
      after: { stacks: stacksOf(planned.uis, 'after'), action: intent.action },
    },
    steps,
  )
  const quarantined: string[] = []
  let prepared: Map<UiName, string>
  try {
    await applySteps(tx.paths, steps)
    for (const one of planned.uis) {
      if (!isLive(tx, one)) quarantined.push(...(await bringUpToDate(tx, one.view)))
    }
    prepared = await prepareActiveLinks(tx, planned.uis)
    await commit(tx, planned.uis)
  } catch (error) {
    const open = tx.journal.openOperation(id)
    if (open !== null) await settleSwitch(tx, open)
    throw error
  }
  for (const profile of intent.documents.keys()) tx.changes.profiles.add(profile)
  for (const one of planned.uis) tx.changes.views.add(one.ui)
  const late = await followCommit(tx, planned.uis, prepared)
  if (late.notFollowed.length === 0) await tx.end(id)
  quarantined.push(...late.quarantined)
  return resultOf(planned, { ...late, dry_run: false, id, quarantined })
}

/** Takes over views that were not ours before the first switch. */
async function takeOver(tx: StoreTx): Promise<boolean> {
  const behind = tx.viewsPending
  const any = await takeOverViews(tx)
  if (any && !behind) await tx.completePendingViews()
  return any
}

function documentSteps(tx: StoreTx, documents: ReadonlyMap<ProfileName, Profile>): Step[] {
  return [...documents].flatMap(([name, profile]) => {
    const step = writeStep(tx.paths, tx.paths.profile(name), documentText(profile))
    return step === null ? [] : [step]
  })
}

/** Reports whether a view is active now: it is changed only after the commit point. */
function isLive(tx: StoreTx, one: UiSwitch): boolean {
  return tx.linkStyle(one.ui).folder === 'none' || one.shownBefore === one.view.profile
}

async function prepareActiveLinks(
  tx: StoreTx,
  uis: readonly UiSwitch[],
): Promise<Map<UiName, string>> {
  const prepared = new Map<UiName, string>()
  for (const one of uis) {
    const { folder } = tx.linkStyle(one.ui)
    if (folder === 'none' || one.shownBefore === one.view.profile) continue
    await ensureFolder(tx.paths.ui(one.ui))
    const target = activeTarget(tx, one.ui, one.view.profile)
    const link = prepareLink(target, tx.paths.active(one.ui), folder)
    prepared.set(one.ui, link)
  }
  return prepared
}

/** The commit point; without changed stacks there is nothing to commit. */
async function commit(tx: StoreTx, uis: readonly UiSwitch[]): Promise<void> {
  const runtime = tx.runtime()
  if (uis.every((one) => isDeepStrictEqual(runtime.ui[one.ui]?.stack, one.after))) return
  const ui: Runtime['ui'] = { ...runtime.ui }
  for (const one of uis) ui[one.ui] = { ...ui[one.ui], stack: [...one.after] }
  await tx.writeRuntime({ ...runtime, schema: 'synapse.runtime.v1', ui })
}

interface Late {
  readonly quarantined: string[]
  readonly notFollowed: NonNullable<SwitchResult['not_followed']>
}

async function followCommit(
  tx: StoreTx,
  uis: readonly UiSwitch[],
  prepared: ReadonlyMap<UiName, string>,
): Promise<Late> {
  const late: Late = { quarantined: [], notFollowed: [] }
  for (const one of uis) {
    try {
      const link = prepared.get(one.ui)
      if (link !== undefined) {
        late.quarantined.push(...(await clearActivePath(tx, one.ui)))
        await renameLink(link, tx.paths.active(one.ui))
      }
      if (isLive(tx, one)) late.quarantined.push(...(await bringUpToDate(tx, one.view)))
    } catch (error) {
      late.notFollowed.push(whyNot(one.ui, error))
    }
  }
  return late
}

/** Why an interface does not show the top of its stack yet, and what can be done. */
function whyNot(ui: UiName, error: unknown): Late['notFollowed'][number] {
  const known = isAppError(error)
  const hint = (known ? error.hint : undefined) ?? 'Run `synapse doctor --repair`, then repeat.'
  return { ui, detail: error instanceof Error ? error.message : String(error), hint }
}

interface Outcome {
  readonly dry_run: boolean
  readonly id?: Uuid
  readonly quarantined?: readonly string[]
  readonly notFollowed?: Late['notFollowed']
}

function resultOf(planned: PlannedSwitch, outcome: Outcome): SwitchResult {
  const count = (of: (one: UiSwitch) => number) =>
    planned.uis.reduce((sum, one) => sum + of(one), 0)
  return {
    dry_run: outcome.dry_run,
    plan: shownPlan(planned),
    profile: planned.intent.profile,
    uis: planned.uis.map((one) => one.ui),
    stacks: Object.fromEntries(planned.uis.map((one) => [one.ui, [...one.after]])),
    added: count((one) => one.view.diff.add.length),
    removed: count((one) => one.view.diff.remove.length),
    repointed: count((one) => one.view.diff.repoint.length),
    shadowed: planned.uis.flatMap((one) => [...one.view.shadowed]),
    missing: planned.uis.flatMap((one) => [...one.view.absent]),
    restored_blobs: [],
    not_flipped: (outcome.notFollowed ?? []).map((one) => one.ui),
    ...(outcome.notFollowed?.length ? { not_followed: outcome.notFollowed } : {}),
    quarantined: [...(outcome.quarantined ?? [])],
    ...(outcome.id === undefined ? {} : { journal_id: outcome.id }),
  }
}
