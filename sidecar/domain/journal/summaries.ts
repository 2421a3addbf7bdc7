/** What an operation of the journal was, in one sentence. */
import type { GroupCount } from '../../index/list-operations.ts'
import type { ReturnedLink } from '../../../schemas/profile.ts'
import { outCommand } from '../packs/out-command.ts'
import type { ActName } from '../../store/act-names.ts'
import type { JournalAct } from '../../store/journal.ts'
import { stepsOf } from '../../store/store-tx.ts'

type Facts = Readonly<Record<string, unknown>>

function text(facts: Facts, key: string): string {
  const value = facts[key]
  return typeof value === 'string' ? value : ''
}

const short = (digest: string) => digest.slice(0, 12)

type Sentence = (before: Facts, after: Facts, act: JournalAct) => string

const SENTENCES: Readonly<Record<ActName, Sentence>> = {
  'blob.import': (before, after) =>
    `Took ${text(before, 'path')} into the store as ${short(text(after, 'sha256'))} (${text(after, 'how')})`,
  'blob.delete': (before) =>
    `Moved ${text(before, 'display_name')} (${short(text(before, 'sha256'))}) to the trash`,
  'import.unlink': (before) =>
    `Removed the link ${text(before, 'path')}, whose file has moved into the store`,
  'blob.evict': (before, after) =>
    `Took ${short(text(before, 'sha256'))} out of the store, since its file was changed: ${text(after, 'path')}`,
  'blob.describe': (_before, after) => `Wrote the manifest of ${short(text(after, 'sha256'))}`,
  'blob.approve': (_before, after) => `Approved ${short(text(after, 'sha256'))}`,
  'blob.revoke': (_before, after) => `Held ${short(text(after, 'sha256'))} back`,
  'blob.replace': (before, after) =>
    `Replaced the damaged ${short(text(after, 'sha256'))} by ${text(before, 'path')}; its bytes are in the trash`,
  'blob.protect': (_before, after) => `Made models read-only again: ${String(after['models'])}`,
  'file.release': (_before, _after, act) => releasedText(act),
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
  'quarantine.restore': (_before, after) => `Put ${text(after, 'path')} back from quarantine`,
  'quarantine.discard': (before) => `Moved ${text(before, 'path')} to the trash`,
  'view.adopt': (before, after) =>
    `Took the new ${text(before, 'path')} into the pack ${text(after, 'pack')} as ` +
    `${short(text(after, 'sha256'))}, instead of ${short(text(before, 'sha256'))}`,
  'view.relink': (before) => `Made ${text(before, 'path')} a link again`,
  'view.restore_links': (_before, after) => restoredText(after),
  'view.set_aside': (before) => `Set ${text(before, 'path')} aside, to be compared with the store`,
}

/** Tells of those alone that went; of a long record whose first file stayed, how many. */
function releasedText(act: JournalAct): string {
  const { before } = act.begin
  const { kept = [] } = act
  const removed = Number(before['files'] ?? 1) - kept.length
  const gone = stepsOf(act).find((_step, index) => !kept.includes(index))
  const named = gone !== undefined && 'path' in gone ? gone.path : text(before, 'path')
  const isNamed = removed > 0 && (gone !== undefined || !kept.includes(0))
  const others = removed > 1 ? ` and ${String(removed - 1)} more` : ''
  const what = isNamed ? `${named}${others}` : plural(removed, 'file')
  return `Removed ${what}, which the store holds`
}

function restoredText(facts: Facts): string {
  const { links = [], total } = facts as { links?: readonly ReturnedLink[]; total?: number }
  const [first] = links
  const view = `${text(facts, 'ui')}/${text(facts, 'profile')}`
  if (first === undefined) return `Made links of the view ${view} again`
  const more = (total ?? links.length) - 1
  const others = more > 0 ? ` and ${String(more)} more` : ''
  const how = first.renamed_to === undefined ? 'removed' : `renamed to ${first.renamed_to}`
  const command = outCommand(first)
  return (
    `Made ${first.path}${others} of the view ${view} again, which somebody had ${how}: ` +
    `the pack ${first.pack} shows it (to take it out: ${command})`
  )
}

function stacksText(facts: Facts): string {
  const stacks = (facts['stacks'] ?? {}) as Record<string, readonly string[]>
  return Object.entries(stacks)
    .map(([ui, stack]) => `${ui}: ${stack.at(-1) ?? ''}`)
    .join(', ')
}

/** What an operation did, for people. */
export function sentence(act: JournalAct): string {
  const { op, before, after } = act.begin
  return op in SENTENCES ? SENTENCES[op as ActName](before, after, act) : op
}

/** Counts of operations of one name as words; names that are not here say nothing by themselves. */
const PARTS: Readonly<Partial<Record<ActName, (count: string) => string>>> = {
  'blob.import': (count) => `${count} into the store`,
  'blob.delete': (count) => `${count} to the trash`,
  'blob.approve': (count) => `${count} approved`,
  'trash.empty': (count) => `${count} removed for good`,
  'trash.restore': (count) => `${count} out of the trash`,
}

/** Operations that remove a file or a link of the user's. */
const REMOVALS = new Set<string>(['file.release', 'import.unlink'] satisfies ActName[])

const plural = (count: number, noun: string) => `${String(count)} ${noun}${count === 1 ? '' : 's'}`

/** What the operations of a job did, for people; `first` is the one that began first. */
export function groupSentence(counts: readonly GroupCount[], first: JournalAct): string {
  const undone = counts.find(({ op }) => op === ('journal.undo' satisfies ActName))
  if (undone !== undefined) return `Took ${plural(undone.parts, 'act')} of a job back`
  const told = counts.flatMap(
    ({ op, parts }) => PARTS[op as ActName]?.(plural(parts, 'model')) ?? [],
  )
  const packs = new Set([text(first.begin.after, 'pack')].filter((pack) => pack !== ''))
  const into = [...packs].map((pack) => `pack ${pack}`)
  const removes = counts.some(({ op }) => REMOVALS.has(op))
  if (told.length > 0) {
    const took = `Took ${[...told, ...into].join(', ')}`
    return removes ? `${took}; removed originals` : took
  }
  if (removes) return ['Removed originals that the store holds', ...into].join(', ')
  const parts = counts.reduce((sum, one) => sum + one.parts, 0)
  return `${sentence(first)}, with ${plural(parts - 1, 'act')} more`
}
