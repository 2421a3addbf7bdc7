/** Reads the journal into the table of operations, from where the last read ended. */
import { join } from 'node:path'
import { isSha256, type Sha256 } from '../../schemas/ids.ts'
import type { JournalRecord } from '../../schemas/journal.ts'
import type { JournalLine } from '../store/journal-files.ts'
import type { JournalFile } from '../store/journal.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { digestBytes, uuidBytes } from './cells.ts'
import type { OperationRow } from './rows.ts'
import { statement } from './statement.ts'
import { forgetStates, saveState, savedStates, type BrokenLines } from './sources.ts'

/** The number of lines read in one step. */
const STEP_LINES = 2000

/** How far a file was read, and how many of its lines are not records. */
interface FileState {
  readonly ino: string
  readonly mtime: string
  readonly end: number
  readonly broken: number
}

/** The saved states of journal files, by name. */
function knownStates(db: IndexDatabase): Map<string, FileState> {
  const states = [...savedStates(db, 'journal')]
  return new Map(states.map(([name, state]) => [name, JSON.parse(state) as FileState]))
}

/** Reports whether a file is the one that was read before, possibly grown. */
function isContinued(file: JournalFile, state: FileState): boolean {
  if (String(file.ino) !== state.ino || file.size < state.end) return false
  return file.size > state.end || state.mtime === '' || file.mtime === state.mtime
}

const EMPTY = [
  statement((q) => q.deleteFrom('operations')),
  statement((q) => q.deleteFrom('operation_blobs')),
  statement((q) => q.deleteFrom('group_ops')),
]

/** Removes all rows: they are read again from the files. */
export function forgetOperations(db: IndexDatabase): void {
  forgetStates(db, 'journal')
  for (const emptied of EMPTY) db.run(emptied)
}

/** A file to be read from where the last read ended. */
interface NextFile {
  readonly file: JournalFile
  readonly state: FileState | null
}

/** What to read next; null where nothing is left. */
type Next = NextFile | 'all anew'

function nextToRead(db: IndexDatabase, reader: StoreReader): Next | null {
  const files = reader.journal.files()
  const states = knownStates(db)
  const isOther = (file: JournalFile) => {
    const state = states.get(file.name)
    return state !== undefined && !isContinued(file, state)
  }
  const names = new Set(files.map(({ name }) => name))
  const isGone = (name: string) => !names.has(name)
  if ([...states.keys()].some(isGone) || files.some(isOther)) return 'all anew'
  for (const file of files) {
    const state = states.get(file.name) ?? null
    const isUnread = state === null || (state.end < file.size && state.mtime !== file.mtime)
    if (isUnread) return { file, state }
  }
  return null
}

/** Reports whether the journal has lines that the table lacks. */
export function isJournalAhead(db: IndexDatabase, reader: StoreReader): boolean {
  return nextToRead(db, reader) !== null
}

/**
 * Reads the next lines of the journal. If a file was replaced, truncated or edited, all files are
 * read again.
 * @returns whether there may be more
 */
export function refreshOperations(db: IndexDatabase, reader: StoreReader): boolean {
  const next = nextToRead(db, reader)
  if (next === null) return false
  if (next === 'all anew') forgetOperations(db)
  else takeLines(db, reader, next)
  return true
}

/** Reads some lines of a file; at its end, the file counts as read with the mtime that it had. */
function takeLines(db: IndexDatabase, reader: StoreReader, { file, state }: NextFile): void {
  let { end, broken } = state ?? { end: 0, broken: 0 }
  let left = STEP_LINES
  let mtime = file.mtime
  for (const line of reader.journal.lines(file.name, end)) {
    // Lines appended after the size and mtime were read are left for the next read.
    if (line.next > file.size) break
    end = line.next
    if (line.record === null) broken += 1
    else takeLine(db, line, line.record)
    left -= 1
    if (left > 0) continue
    mtime = ''
    break
  }
  const now: FileState = { ino: String(file.ino), mtime, end, broken }
  saveState(db, { source: 'journal', name: file.name }, JSON.stringify(now))
}

interface Ending {
  readonly id: Uint8Array
  readonly at: string
}

const ENDINGS = {
  end: statement((q, { id, at }: Ending) =>
    q.updateTable('operations').set({ ended_at: at }).where('id', '=', id),
  ),
  undone: statement((q, { id, at }: Ending) =>
    q.updateTable('operations').set({ undone_at: at }).where('id', '=', id),
  ),
}
const ADD_BLOB = statement((q, given: { id: Uint8Array; sha256: Uint8Array }) =>
  q
    .insertInto('operation_blobs')
    .columns(['sha256', 'seq'])
    .expression((eb) =>
      eb
        .selectFrom('operations')
        .select([eb.val(given.sha256).as('sha256'), 'seq'])
        .where('id', '=', given.id),
    )
    .onConflict((conflict) => conflict.doNothing()),
)
const SET_KEPT = statement((q, given: { id: Uint8Array; kept: string }) =>
  q.updateTable('operations').set({ kept: given.kept }).where('id', '=', given.id),
)

function takeLine(db: IndexDatabase, { position }: JournalLine, record: JournalRecord): void {
  const { phase, at } = record
  const id = uuidBytes(record.id)
  if (phase !== 'begin' && db.run(ENDINGS[phase], { id, at }) > 0) {
    noteKept(db, record)
    return
  }
  if (!insertOperation(db, position, record)) return
  for (const sha256 of digestsOf(record)) db.run(ADD_BLOB, { id, sha256: digestBytes(sha256) })
}

/** Records the steps that an operation did not apply, from the record of its end. */
function noteKept(db: IndexDatabase, { id, after }: JournalRecord): void {
  const { kept } = after
  if (!Array.isArray(kept) || kept.length === 0) return
  const text = JSON.stringify(kept.filter((one) => Number.isInteger(one)))
  db.run(SET_KEPT, { id: uuidBytes(id), kept: text })
}

type NewOperation = Omit<OperationRow, 'seq' | 'leads' | 'kept'>

/** The first operation of a group leads it; so does an operation without a group. */
const ADD = statement((q, given: NewOperation) =>
  q
    .insertInto('operations')
    .values((eb) => ({
      id: given.id,
      grp: given.grp,
      leads: eb.not(
        eb.exists(eb.selectFrom('operations').select('seq').where('grp', '=', given.grp)),
      ) as never,
      op: given.op,
      at: given.at,
      actor: given.actor,
      file: given.file,
      start: given.start,
      length: given.length,
      ended_at: given.ended_at,
      undone_at: given.undone_at,
    }))
    .onConflict((conflict) => conflict.doNothing()),
)

function insertOperation(
  db: IndexDatabase,
  { file, offset: start, length }: JournalLine['position'],
  { id, group, op, at, actor, phase }: JournalRecord,
): boolean {
  const row: NewOperation = {
    id: uuidBytes(id),
    grp: group === undefined ? null : uuidBytes(group),
    ...{ op, at, actor, file, start, length },
    ended_at: phase === 'end' ? at : null,
    undone_at: phase === 'undone' ? at : null,
  }
  return db.run(ADD, row) > 0
}

const DIGEST = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gu

function digestsIn(value: unknown): Sha256[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const found: unknown[] = text.match(DIGEST) ?? []
  return found.filter(isSha256)
}

interface AnyStep {
  readonly do?: unknown
  readonly before?: unknown
  readonly after?: unknown
  readonly forward?: unknown
  readonly back?: unknown
}

/** Digests of the blobs that a step concerns; digests of documents are not included. */
function digestsOfStep(step: AnyStep): Iterable<Sha256> {
  if (step.do === 'patch') return digestsIn([step.forward, step.back])
  if (step.do !== 'write') return digestsIn(step)
  const before = new Set(digestsIn(step.before ?? ''))
  return before.symmetricDifference(new Set(digestsIn(step.after ?? '')))
}

/** Digests of the blobs that an operation concerns. */
function digestsOf({ before, after, ...rest }: JournalRecord): Set<Sha256> {
  const steps = Array.isArray(rest['steps']) ? (rest['steps'] as AnyStep[]) : []
  return new Set([
    ...digestsIn([before, after]),
    ...steps.flatMap((one) => [...digestsOfStep(one)]),
  ])
}

/** Returns the lines of the journal that are not records, by path in the store. */
export function brokenJournalLines(db: IndexDatabase, reader: StoreReader): BrokenLines[] {
  return [...knownStates(db)].flatMap(([file, { broken: lines }]) => {
    const path = reader.paths.relative(join(reader.paths.journal, file))
    return lines === 0 ? [] : [{ path, lines }]
  })
}
