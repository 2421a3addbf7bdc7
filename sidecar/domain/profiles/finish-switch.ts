/** Recovers interrupted switches: forward if they were committed, else back. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import { removeName } from '../../platform/disk.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import type { JournalOperation } from '../../store/journal.ts'
import { type StoreTx } from '../../store/store-tx.ts'
import { stepsOf } from '../../store/steps.ts'
import { removeView } from '../views/remove-view.ts'
import { repairView } from '../views/repair-view.ts'
import type { ViewAddress } from '../views/view-address.ts'
import { activateTop } from './activate-top.ts'

/** Interface → its stack. */
export type Stacks = Readonly<Record<string, readonly string[]>>

interface SwitchFacts {
  readonly before: Stacks
  readonly after: Stacks
  readonly built: Readonly<Record<string, boolean>>
}

function factsOf(open: JournalOperation): SwitchFacts {
  const before = open.begin.before as { stacks?: Stacks; built?: Record<string, boolean> }
  const after = open.begin.after as { stacks?: Stacks }
  return { before: before.stacks ?? {}, after: after.stacks ?? {}, built: before.built ?? {} }
}

function movedUis({ before, after }: SwitchFacts): UiName[] {
  return (Object.keys(after) as UiName[]).filter((ui) => !sameStack(before[ui], after[ui]))
}

/** Reports whether `runtime.json` still has the old stacks, if any stack changes. */
function isBeforeCommit(tx: StoreTx, facts: SwitchFacts): boolean {
  const moved = movedUis(facts)
  return moved.length > 0 && moved.every((ui) => sameStack(tx.stack(ui), facts.before[ui]))
}

/** Reports whether `runtime.json` has the new stacks of this switch, even if flushing it failed. */
function isCommitted(tx: StoreTx, facts: SwitchFacts): boolean {
  const moved = movedUis(facts)
  return moved.length > 0 && moved.every((ui) => sameStack(tx.stack(ui), facts.after[ui]))
}

/** Settles a failed switch: forward if it was committed, else back. */
export async function settleSwitch(tx: StoreTx, open: JournalOperation): Promise<void> {
  if (isCommitted(tx, factsOf(open))) await finishSwitch(tx, open)
  else await giveUpSwitch(tx, open)
}

function sameStack(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((profile, index) => profile === b[index])
}

/**
 * Finishes a switch that a crash or a link that could not be replaced left open: forward if
 * `runtime.json` was replaced, else back. What cannot be done yet stays open and blocks nothing.
 */
export async function finishSwitch(tx: StoreTx, open: JournalOperation): Promise<void> {
  const facts = factsOf(open)
  if (isBeforeCommit(tx, facts)) {
    await giveUpSwitch(tx, open)
    return
  }
  const uis = Object.keys(facts.after) as UiName[]
  try {
    for (const ui of uis) await clearPrepared(tx, ui)
    for (const ui of uis) await activateTop(tx, ui)
    await tx.end(open.begin.id)
  } catch {
    // Stays open; the next holder of the lock tries again.
  }
}

/**
 * Rolls back what a switch did before it was committed; what cannot be undone is left to the
 * next holder of the lock.
 */
async function giveUpSwitch(tx: StoreTx, open: JournalOperation): Promise<void> {
  const facts = factsOf(open)
  try {
    for (const [ui, stack] of Object.entries(facts.after) as [UiName, ProfileName[]][]) {
      await clearPrepared(tx, ui)
      const profile = stack.at(-1)
      if (profile === undefined) continue
      const view = { ui, profile: tx.viewSlot(ui, profile) }
      await leaveView(tx, view, facts.built[ui] === true)
    }
    await tx.rollback(open.begin.id, stepsOf(open))
  } catch {
    // Stays open; the next holder of the lock tries again.
  }
}

/** Settles a view that an abandoned switch was building: completes it, or removes it again. */
async function leaveView(tx: StoreTx, view: ViewAddress, wasBuilt: boolean): Promise<void> {
  if (wasBuilt) await repairView(tx, view)
  else await removeView(tx, view)
}

/** Removes unused temporary links beside an active link. */
async function clearPrepared(tx: StoreTx, ui: UiName): Promise<void> {
  const folder = dirname(tx.paths.active(ui))
  if (!fs.existsSync(folder)) return
  for (const name of fs.readdirSync(folder)) {
    if (isTemporaryName(name)) await removeName(join(folder, name), false)
  }
}
