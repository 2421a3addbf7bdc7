/** Taking an act back. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { ProfileName, Sha256, UiName, Uuid } from '../../../schemas/ids.ts'
import { isSha256 } from '../../../schemas/ids.ts'
import type { UndoResult } from '../../../schemas/records.ts'
import { inverses, type Step } from '../../store/act.ts'
import type { ActName } from '../../store/act-names.ts'
import type { JournalAct } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { stepsOf, type StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { foreseeSteps } from '../foresee-views.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import type { Stacks } from '../profiles/finish-switch.ts'
import { performSwitch, previewSwitch } from '../profiles/perform-switch.ts'
import type { SwitchIntent } from '../profiles/plan-switch.ts'
import type { LinkStyle } from '../views/link-style.ts'
import { withdrawBlob } from '../views/withdraw-blob.ts'
import { entryOf, undoableSteps, whyNotUndoable } from './read-journal.ts'

/** The way back to the stacks before a switch. */
function switchBack(act: JournalAct): SwitchIntent {
  const before = (act.begin.before['stacks'] ?? {}) as Stacks
  return {
    action: 'back',
    profile: null,
    stacks: new Map(Object.entries(before) as [UiName, ProfileName[]][]),
    documents: new Map(),
    refresh: true,
    depth: 'changed',
  }
}

async function undoSwitch(tx: StoreTx, style: LinkStyle, act: JournalAct): Promise<Uuid> {
  const done = await performSwitch(tx, style, switchBack(act))
  await tx.markUndone(act.begin.id)
  return (done.journal_id ?? act.begin.id) as Uuid
}

/** Acts without which no interface may see their blob. */
const WITHDRAWN = new Set<unknown>([
  'blob.import',
  'blob.replace',
  'blob.approve',
  'trash.restore',
] satisfies ActName[])

/** The blob that an act is about, or null. */
function blobOf(act: JournalAct): Sha256 | null {
  const named = act.begin.after['sha256'] ?? act.begin.before['sha256']
  return isSha256(named) ? named : null
}

/** The act's steps backwards, as an act of its own: a crash in the middle of it is finished. */
async function undoSteps(tx: StoreTx, style: LinkStyle, act: JournalAct): Promise<Uuid> {
  const about = whatIs(act)
  const steps = inverses(undoableSteps(act))
  touchWhatIs(tx, about, steps)
  const facts = { op: 'journal.undo', before: { ...about }, viewsFollow: true } as const
  const id = await tx
    .act(facts, steps, () => withdraw(tx, style, about))
    .catch(refuseWhereTakenAway)
  await tx.markUndone(about.of)
  await followChanges(tx, style)
  return id
}

/** What was taken away in the middle of an undo hinders it as if it had been gone before. */
function refuseWhereTakenAway(error: unknown): never {
  if (isAppError(error, 'blob.not_found')) throw new AppError('journal.not_undoable', error.message)
  throw error
}

/** Finishes taking an act back that a crash left open. @throws disk.* */
export async function finishUndo(tx: StoreTx, style: LinkStyle, open: JournalAct): Promise<void> {
  const about = open.begin.before as Partial<Undone>
  touchWhatIs(tx, about, stepsOf(open))
  await withdraw(tx, style, about)
  const done = await tx.finish(open)
  if (done && about.of !== undefined && tx.journal.act(about.of)) await tx.markUndone(about.of)
}

/** What the journal says of an act that is being taken back. */
interface Undone {
  readonly of: Uuid
  readonly op: string
  readonly sha256: Sha256 | null
}

function whatIs(act: JournalAct): Undone {
  const { id: of, op } = act.begin
  return { of, op, sha256: blobOf(act) }
}

/** The blob that goes out of all views before the act is taken back; null for none. */
function withdrawn({ op, sha256 }: Partial<Undone>): Sha256 | null {
  return isSha256(sha256) && WITHDRAWN.has(op) ? sha256 : null
}

async function withdraw(tx: StoreTx, style: LinkStyle, about: Partial<Undone>): Promise<void> {
  const sha256 = withdrawn(about)
  if (sha256 !== null) await withdrawBlob(tx, style, sha256)
}

/** Tells the index which blob, packs and profiles taking an act back is about. */
function touchWhatIs(tx: StoreTx, { sha256 }: Partial<Undone>, steps: readonly Step[]): void {
  if (isSha256(sha256)) tx.touched.blobs.add(sha256)
  tx.touched.config = true
  for (const step of steps) {
    const paths = 'path' in step ? [step.path] : [step.from, step.to]
    for (const path of paths) touchPath(tx, path)
  }
}

function touchPath(tx: StoreTx, path: string): void {
  const [state, noun, name] = path.split('/')
  if (state !== 'state' || name === undefined) return
  if (noun === 'packs') tx.touched.packs.add(name as never)
  if (noun === 'profiles') tx.touched.profiles.add(name as never)
}

const isSwitch = (act: JournalAct) => act.begin.op === ('profile.switch' satisfies ActName)

/** @throws journal.not_found, journal.not_undoable with the reason */
function requireUndoable(reader: StoreReader, id: Uuid): JournalAct {
  const act = reader.journal.act(id)
  if (act === null) throw new AppError('journal.not_found', `There is no journal entry ${id}`)
  const reason = whyNotUndoable(reader, act)
  if (reason !== null) throw new AppError('journal.not_undoable', reason)
  return act
}

/**
 * What taking an act back would do; nothing is changed.
 * @throws store.not_initialized and as {@link undoAct}
 */
export async function previewUndo(ctx: StoreContext, id: Uuid): Promise<UndoResult> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const act = requireUndoable(reader, id)
  const message = `Would be taken back: ${entryOf(reader, act).summary}`
  const about = { dry_run: true, undone: id, op: act.begin.op, message }
  if (isSwitch(act)) {
    const { plan } = previewSwitch(reader, await ctx.linkStyle(), switchBack(act))
    return { ...about, plan }
  }
  const steps = inverses(undoableSteps(act))
  return { ...about, views: await foreseeSteps(ctx, steps, withdrawn(whatIs(act))) }
}

/**
 * Takes an act back: its steps backwards, or the stacks before a switch.
 * @throws journal.not_found, journal.not_undoable with the reason, disk.*
 */
export async function undoAct(ctx: StoreContext, actor: string, id: Uuid): Promise<UndoResult> {
  const style = await ctx.linkStyle()
  const result = await ctx.store.transact(actor, async (tx) => {
    const act = requireUndoable(tx, id)
    const message = `Taken back: ${entryOf(tx, act).summary}`
    const undo = isSwitch(act) ? undoSwitch : undoSteps
    const journal_id = await undo(tx, style, act)
    return { dry_run: false, undone: id, op: act.begin.op, journal_id, message }
  })
  ctx.publish({ type: 'resync' })
  return result
}
