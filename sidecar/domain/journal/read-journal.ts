/** The journal as people read it: one entry an act, newest first. */
import type { JournalEntry } from '../../../schemas/records.ts'
import { obstacle, type Step } from '../../store/act.ts'
import type { ActName } from '../../store/act-names.ts'
import type { JournalAct } from '../../store/journal.ts'
import { arrivalOf } from '../imports/replace-blob.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { stepsOf } from '../../store/store-tx.ts'

type Facts = Readonly<Record<string, unknown>>

function text(facts: Facts, key: string): string {
  const value = facts[key]
  return typeof value === 'string' ? value : ''
}

const short = (digest: string) => digest.slice(0, 12)

const SENTENCES: Readonly<Record<ActName, (before: Facts, after: Facts) => string>> = {
  'blob.import': (before, after) =>
    `Took ${text(before, 'path')} into the store as ${short(text(after, 'sha256'))} (${text(after, 'how')})`,
  'blob.delete': (before) =>
    `Moved ${text(before, 'display_name')} (${short(text(before, 'sha256'))}) to the trash`,
  'blob.evict': (before, after) =>
    `Took ${short(text(before, 'sha256'))} out of the store, since its file was changed: ${text(after, 'path')}`,
  'blob.describe': (_before, after) => `Wrote the manifest of ${short(text(after, 'sha256'))}`,
  'blob.approve': (_before, after) => `Approved ${short(text(after, 'sha256'))}`,
  'blob.revoke': (_before, after) => `Held ${short(text(after, 'sha256'))} back`,
  'blob.replace': (before, after) =>
    `Replaced the damaged ${short(text(after, 'sha256'))} by ${text(before, 'path')}; its bytes are in the trash`,
  'blob.protect': (_before, after) => `Made models read-only again: ${String(after['models'])}`,
  'trash.empty': (before) => `Removed ${text(before, 'display_name')} for good`,
  'trash.restore': (_before, after) => `Took ${short(text(after, 'sha256'))} out of the trash`,
  'pack.create': (_before, after) => `Created the pack ${text(after, 'pack')}`,
  'pack.edit': (_before, after) => `Changed the pack ${text(after, 'pack')}`,
  'pack.rename': (before, after) =>
    `Renamed the pack ${text(before, 'pack')} to ${text(after, 'pack')}`,
  'pack.resolve': (_before, after) => `Resolved the pack ${text(after, 'pack')}`,
  'pack.delete': (before) => `Deleted the pack ${text(before, 'pack')}`,
  'pack.restore': (_before, after) => `Restored the pack ${text(after, 'pack')}`,
  'pack.fill': (_before, after) => `Put imported models into the pack ${text(after, 'pack')}`,
  'profile.switch': (_before, after) => `Switched to ${stacksText(after)}`,
  'profile.derive': (_before, after) => `Derived the profile ${text(after, 'profile')} anew`,
  'config.edit': () => 'Changed the settings',
  'journal.undo': (before) => `Took ${text(before, 'op')} of ${text(before, 'of')} back`,
  'view.follow': () => 'Brought views up to date',
  'view.quarantine': (before) => `Moved ${text(before, 'path')} to quarantine`,
  'view.adopt': (before, after) =>
    `Took the new ${text(before, 'path')} into the pack ${text(after, 'pack')} as ` +
    `${short(text(after, 'sha256'))}, instead of ${short(text(before, 'sha256'))}`,
  'view.relink': (before) => `Made ${text(before, 'path')} a link again`,
  'view.set_aside': (before) => `Set ${text(before, 'path')} aside, to be compared with the store`,
}

function stacksText(facts: Facts): string {
  const stacks = (facts['stacks'] ?? {}) as Record<string, readonly string[]>
  return Object.entries(stacks)
    .map(([ui, stack]) => `${ui}: ${stack.at(-1) ?? ''}`)
    .join(', ')
}

function sentence({ begin: { op, before, after } }: JournalAct): string {
  return op in SENTENCES ? SENTENCES[op as ActName](before, after) : op
}

/** Ways to take a file in that changed the original: its place, or its mode. */
const UNDOABLE_WAYS = new Set(['moved', 'hard_link'])

const IMPORTS = new Set<ActName>(['blob.import', 'blob.replace'])

/**
 * The steps of an act that undo turns round: what came into the store with a file
 * stays there, and damaged bytes stay in the trash.
 */
export function undoableSteps(act: JournalAct): readonly Step[] {
  const steps = stepsOf(act)
  const op = act.begin.op as ActName
  if (op === 'blob.replace') return arrivalOf(steps)
  return op === 'view.adopt' ? steps.filter((step) => step.do === 'write') : steps
}

/** Why an act cannot be undone now, or null where it can. */
export function whyNotUndoable(reader: StoreReader, act: JournalAct): string | null {
  if (act.undone !== null) return 'It was undone already'
  if (act.end === null) return 'It is not finished'
  const op = act.begin.op as ActName
  if (op === 'profile.switch') return null
  if (op === 'journal.undo') return 'Repeat what it took back instead'
  if (op === 'blob.evict') return 'Its bytes are not those of the model any more'
  if (op === 'trash.empty') return 'The bytes are gone for good'
  if (op === 'blob.delete' && act.begin.before['bad'] === true) {
    return 'The model was damaged; its bytes never come back under its digest'
  }
  const steps = undoableSteps(act)
  const reversible = steps.filter((step) => step.do !== 'line' && step.do !== 'once')
  if (reversible.length === 0) return 'There is nothing to take back'
  if (IMPORTS.has(op) && !UNDOABLE_WAYS.has(text(act.begin.after, 'how'))) {
    return 'The original is still where it was; delete the model from the store instead'
  }
  for (const step of steps) {
    const hindrance = obstacle(reader.paths, step)
    if (hindrance !== null) return hindrance
  }
  return null
}

/** An act as an entry. */
export function entryOf(reader: StoreReader, act: JournalAct): JournalEntry {
  const { begin, end, undone } = act
  return {
    id: begin.id,
    op: begin.op,
    at: begin.at,
    ended_at: (undone ?? end)?.at ?? null,
    actor: begin.actor,
    state: undone !== null ? 'undone' : end !== null ? 'done' : 'open',
    summary: sentence(act),
    undoable: whyNotUndoable(reader, act) === null,
    before: begin.before,
    after: begin.after,
  }
}

/** What is asked of the journal. */
export interface JournalQuery {
  readonly sha256?: string | undefined
  readonly op?: string | undefined
  readonly limit: number
  readonly offset: number
}

function mentions(act: JournalAct, sha256: string): boolean {
  return act.begin.before['sha256'] === sha256 || act.begin.after['sha256'] === sha256
}

/** A page of the journal, newest first. */
export function listJournal(reader: StoreReader, query: JournalQuery) {
  const { sha256, op, limit, offset } = query
  const acts = reader.journal
    .acts()
    .filter((act) => op === undefined || act.begin.op === op)
    .filter((act) => sha256 === undefined || mentions(act, sha256))
    .reverse()
  const items = acts.slice(offset, offset + limit).map((act) => entryOf(reader, act))
  return { total: acts.length, limit, offset, items }
}
