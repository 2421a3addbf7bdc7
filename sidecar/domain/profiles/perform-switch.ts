/**
 * A switch, step by step: journal, views that are not active, temporary links, `runtime.json`
 * (the commit point), active links, views that are active, journal. Before the commit point
 * nothing has happened; after it, it only goes forward.
 */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { ProfileName, UiName, Uuid } from '../../../schemas/ids.ts'
import type { Profile, Runtime, SwitchResult } from '../../../schemas/profile.ts'
import {
  ensureFolder,
  isTemporaryName,
  prepareLink,
  removeName,
  renameLink,
} from '../../platform/disk.ts'
import { applyStep, revertStep, writeStep, type Step } from '../../store/act.ts'
import type { JournalAct } from '../../store/journal.ts'
import { stepsOf, type StoreTx } from '../../store/store-tx.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { applyView } from '../views/apply-view.ts'
import { changeOf, gatherView, type ViewPlan } from '../views/gather-view.ts'
import { dismantleView } from '../views/dismantle-view.ts'
import { viewSlot, type LinkStyle } from '../views/link-style.ts'
import {
  planSwitch,
  shownPlan,
  shownProfile,
  type PlannedSwitch,
  type SwitchIntent,
  type UiSwitch,
} from './plan-switch.ts'

/** The journal's name of a switch. */
export const SWITCH_OP = 'profile.switch'

type Stacks = Readonly<Record<string, readonly string[]>>

function stacksOf(uis: readonly UiSwitch[], which: 'before' | 'after'): Stacks {
  return Object.fromEntries(uis.map((one) => [one.ui, one[which]]))
}

function refuseStale(planned: PlannedSwitch, expect: string | undefined): void {
  if (expect === undefined || expect === planned.fingerprint) return
  throw new AppError('plan.stale', 'Something has changed since the plan was shown', {
    hint: 'Look at the new plan, then confirm again.',
    details: { plan: shownPlan(planned) },
  })
}

/** What a switch would do, without a lock. @throws as planSwitch, plan.stale */
export function previewSwitch(
  reader: StoreReader,
  style: LinkStyle,
  intent: SwitchIntent,
  expect?: string,
): SwitchResult {
  const planned = planSwitch(reader, style, intent)
  refuseStale(planned, expect)
  return resultOf(planned, { dry_run: true })
}

/**
 * Makes a switch. All interfaces of it move together, or none does.
 * @throws plan.stale, view.path_taken, profile.conflict, disk.*; then nothing has changed
 */
export async function performSwitch(
  tx: StoreTx,
  style: LinkStyle,
  intent: SwitchIntent,
  expect?: string,
): Promise<SwitchResult> {
  const planned = planSwitch(tx, style, intent)
  refuseStale(planned, expect)
  const steps = documentSteps(tx, intent.documents)
  const built = Object.fromEntries(planned.uis.map((one) => [one.ui, one.view.scan.ours]))
  const id = await tx.begin(
    {
      op: SWITCH_OP,
      before: { stacks: stacksOf(planned.uis, 'before'), built },
      after: { stacks: stacksOf(planned.uis, 'after'), action: intent.action },
    },
    steps,
  )
  const quarantined: string[] = []
  let prepared: Map<UiName, string>
  try {
    for (const step of steps) await applyStep(tx.paths, step)
    for (const one of planned.uis) {
      if (!isLive(one, style)) quarantined.push(...(await bringUpToDate(tx, style, one.view)))
    }
    prepared = await prepareActiveLinks(tx, style, planned.uis)
    await commit(tx, planned.uis)
  } catch (error) {
    await abandon(tx, id, steps, planned.uis, built)
    throw error
  }
  for (const profile of intent.documents.keys()) tx.touched.profiles.add(profile)
  for (const one of planned.uis) tx.touched.views.add(one.ui)
  const late = await followCommit(tx, style, planned.uis, prepared)
  quarantined.push(...late.quarantined)
  if (late.notFlipped.length === 0) await tx.end(id, SWITCH_OP)
  return resultOf(planned, { dry_run: false, id, quarantined, notFlipped: late.notFlipped })
}

function documentSteps(tx: StoreTx, documents: ReadonlyMap<ProfileName, Profile>): Step[] {
  return [...documents].flatMap(([name, profile]) => {
    const step = writeStep(tx.paths, tx.paths.profile(name), documentText(profile))
    return step === null ? [] : [step]
  })
}

/** A view that is looked at right now is changed after the commit point only. */
function isLive(one: UiSwitch, style: LinkStyle): boolean {
  return style.folder === 'none' || one.shownBefore === one.view.profile
}

async function bringUpToDate(tx: StoreTx, style: LinkStyle, view: ViewPlan): Promise<string[]> {
  const change = changeOf(view)
  return change === null ? [] : (await applyView(tx, style, change)).quarantined
}

function activeTarget(tx: StoreTx, style: LinkStyle, ui: UiName, profile: ProfileName): string {
  return style.folder === 'junction' ? tx.paths.view(ui, profile) : `profiles/${profile}`
}

async function prepareActiveLinks(
  tx: StoreTx,
  style: LinkStyle,
  uis: readonly UiSwitch[],
): Promise<Map<UiName, string>> {
  const prepared = new Map<UiName, string>()
  if (style.folder === 'none') return prepared
  for (const one of uis) {
    if (one.shownBefore === one.view.profile) continue
    await ensureFolder(tx.paths.ui(one.ui))
    const target = activeTarget(tx, style, one.ui, one.view.profile)
    const link = prepareLink(target, tx.paths.active(one.ui), style.folder)
    prepared.set(one.ui, link)
  }
  return prepared
}

async function commit(tx: StoreTx, uis: readonly UiSwitch[]): Promise<void> {
  const runtime = tx.runtime()
  const ui: Runtime['ui'] = { ...runtime.ui }
  for (const one of uis) ui[one.ui] = { ...ui[one.ui], stack: [...one.after] }
  await tx.writeRuntime({ ...runtime, schema: 'synapse.runtime.v1', ui })
}

interface Late {
  readonly quarantined: string[]
  readonly notFlipped: UiName[]
}

async function followCommit(
  tx: StoreTx,
  style: LinkStyle,
  uis: readonly UiSwitch[],
  prepared: ReadonlyMap<UiName, string>,
): Promise<Late> {
  const late: Late = { quarantined: [], notFlipped: [] }
  for (const one of uis) {
    try {
      const link = prepared.get(one.ui)
      if (link !== undefined) await renameLink(link, tx.paths.active(one.ui))
      if (isLive(one, style)) late.quarantined.push(...(await bringUpToDate(tx, style, one.view)))
    } catch {
      late.notFlipped.push(one.ui)
    }
  }
  return late
}

/** Takes back what came before the commit point; what cannot be is left to the next holder. */
async function abandon(
  tx: StoreTx,
  id: Uuid,
  steps: readonly Step[],
  uis: readonly UiSwitch[],
  built: Readonly<Record<string, boolean>>,
): Promise<void> {
  try {
    for (const one of uis) {
      await clearPrepared(tx, one.ui)
      if (built[one.ui] !== true) await dismantleView(tx, one.ui, one.view.slot)
    }
    for (const step of [...steps].reverse()) await revertStep(tx.paths, step)
    await tx.markUndone(id, SWITCH_OP)
  } catch {
    // The act stays open: whoever takes the lock next finishes it.
  }
}

/** Removes temporary links beside an active link that never came into use. */
async function clearPrepared(tx: StoreTx, ui: UiName): Promise<void> {
  const folder = dirname(tx.paths.active(ui))
  if (!fs.existsSync(folder)) return
  for (const name of fs.readdirSync(folder)) {
    if (isTemporaryName(name)) await removeName(join(folder, name), false)
  }
}

interface Outcome {
  readonly dry_run: boolean
  readonly id?: Uuid
  readonly quarantined?: readonly string[]
  readonly notFlipped?: readonly string[]
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
    shadowed: planned.uis.flatMap((one) => [...one.view.wanted.shadowed]),
    missing: planned.uis.flatMap((one) => [...one.view.absent]),
    restored_blobs: [],
    not_flipped: [...(outcome.notFlipped ?? [])],
    quarantined: [...(outcome.quarantined ?? [])],
    ...(outcome.id === undefined ? {} : { journal_id: outcome.id }),
  }
}

interface SwitchFacts {
  readonly before: Stacks
  readonly after: Stacks
  readonly built: Readonly<Record<string, boolean>>
}

function factsOf(open: JournalAct): SwitchFacts {
  const before = open.begin.before as { stacks?: Stacks; built?: Record<string, boolean> }
  const after = open.begin.after as { stacks?: Stacks }
  return { before: before.stacks ?? {}, after: after.stacks ?? {}, built: before.built ?? {} }
}

function isCommitted(tx: StoreTx, facts: SwitchFacts): boolean {
  const stacks = Object.entries(facts.after)
  const moved = stacks.filter(([ui, after]) => !sameStack(facts.before[ui] ?? [], after))
  if (moved.length === 0) return true
  return moved.every(([ui, after]) => sameStack(tx.stack(ui as UiName), after))
}

function sameStack(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((profile, index) => profile === b[index])
}

/**
 * Finishes a switch that a crash or a stubborn link left open: forward where `runtime.json` was
 * replaced, back where it was not. What cannot be done yet stays open and hinders nobody.
 */
export async function finishSwitch(tx: StoreTx, style: LinkStyle, open: JournalAct): Promise<void> {
  const facts = factsOf(open)
  const { id } = open.begin
  const uis = Object.keys(facts.after) as UiName[]
  try {
    for (const ui of uis) await clearPrepared(tx, ui)
    if (isCommitted(tx, facts)) {
      for (const ui of uis) await showTop(tx, style, ui)
      await tx.end(id, SWITCH_OP)
      return
    }
    for (const step of [...stepsOf(open)].reverse()) await revertStep(tx.paths, step)
    for (const ui of uis) {
      const profile = facts.after[ui]?.at(-1) as ProfileName | undefined
      if (facts.built[ui] !== true && profile !== undefined) {
        await dismantleView(tx, ui, viewSlot(style, profile))
      }
    }
    await tx.markUndone(id, SWITCH_OP)
  } catch {
    // Stays open; the next holder of the lock tries again.
  }
}

/**
 * Makes an interface see the top of its stack: its view brought up to date, its link flipped.
 * @throws disk.*, view.path_taken
 */
export async function showTop(
  tx: StoreTx,
  style: LinkStyle,
  ui: UiName,
  depth: 'changed' | 'all' = 'changed',
): Promise<void> {
  const profile = tx.stack(ui).at(-1)
  if (profile === undefined) return
  tx.touched.views.add(ui)
  await bringUpToDate(tx, style, gatherView(tx, style, { ui, profile, depth }))
  if (style.folder === 'none' || shownProfile(tx, ui) === profile) return
  const target = activeTarget(tx, style, ui, profile)
  await ensureFolder(tx.paths.ui(ui))
  await renameLink(prepareLink(target, tx.paths.active(ui), style.folder), tx.paths.active(ui))
}
