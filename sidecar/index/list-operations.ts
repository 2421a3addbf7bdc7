/** Queries about operations, answered from their table. */
import type { Sha256, Uuid } from '../../schemas/ids.ts'
import type { RecordPosition } from '../store/journal-files.ts'
import { digestBytes, uuidBytes, uuidText } from './cells.ts'
import type { IndexDatabase } from './database.ts'
import type { OperationRow } from './rows.ts'
import { builder, statement } from './statement.ts'

/** An operation, without the content of its record. */
export interface Operation {
  readonly id: Uuid
  readonly group: Uuid | null
  readonly op: string
  readonly at: string
  readonly actor: string
  readonly position: RecordPosition
  readonly ended_at: string | null
  readonly undone_at: string | null
  /** The indices of its steps that were not applied. */
  readonly kept: readonly number[]
}

/** Operations of one job: how many there are of each name, and in which state. */
export interface GroupCount {
  readonly op: string
  readonly parts: number
  readonly open: number
  readonly undone: number
}

/** A page of operations, and how many there are in all. */
export interface OperationPage {
  readonly total: number
  readonly items: Operation[]
}

/** The requested part of a list. */
export interface PageOf {
  readonly limit: number
  readonly offset: number
  /** By the time at which operations began. */
  readonly order?: 'asc' | 'desc'
}

const COLUMNS = [
  'id',
  'grp',
  'op',
  'at',
  'actor',
  'file',
  'start',
  'length',
  'ended_at',
  'undone_at',
  'kept',
] as const

function operationOf(row: Pick<OperationRow, (typeof COLUMNS)[number]>): Operation {
  const { id, grp, file, start, length, op, at, actor, ended_at, undone_at } = row
  const position = { file, offset: start, length }
  const group = grp === null ? null : uuidText(grp)
  const kept = row.kept === null ? [] : (JSON.parse(row.kept) as number[])
  return { id: uuidText(id), group, op, at, actor, position, ended_at, undone_at, kept }
}

/** The query that selects the operations. */
type Which = typeof ALL

const ALL = builder.selectFrom('operations')
const LEADING: Which = ALL.where('leads', '=', 1)
const ofGroup = (group: Uuid): Which => ALL.where('grp', '=', uuidBytes(group))

function some(db: IndexDatabase, which: Which, part: PageOf): Operation[] {
  const { limit, offset, order = 'desc' } = part
  const query = which.select(COLUMNS).orderBy('id', order).limit(limit).offset(offset)
  return db.select(query).map(operationOf)
}

/** All are counted, which takes a while for a million. */
function page(db: IndexDatabase, which: Which, part: PageOf): OperationPage {
  const count = which.select((eb) => eb.fn.countAll<number>().as('n'))
  const total = db.select(count)[0]?.n ?? 0
  return { total, items: some(db, which, part) }
}

/** Returns the first operation of each job, and each that belongs to none, newest first. */
export function leadingOperations(db: IndexDatabase, part: PageOf): Operation[] {
  return some(db, LEADING, part)
}

/** Returns the page of {@link leadingOperations}, with how many there are. */
export function leadingPage(db: IndexDatabase, part: PageOf): OperationPage {
  return page(db, LEADING, part)
}

/** Operations that have one name, or are about one blob, or both. */
export interface OperationFilter {
  readonly op?: string | undefined
  readonly sha256?: Sha256 | undefined
}

function matching({ op, sha256 }: OperationFilter): Which {
  const named = op === undefined ? ALL : ALL.where('op', '=', op)
  if (sha256 === undefined) return named
  const about = builder
    .selectFrom('operation_blobs')
    .select('seq')
    .where('sha256', '=', digestBytes(sha256))
  return named.where('seq', 'in', about)
}

/** Returns operations that fit a filter, newest first. */
export function matchingOperations(
  db: IndexDatabase,
  filter: OperationFilter,
  part: PageOf,
): Operation[] {
  return some(db, matching(filter), part)
}

/** Returns the page of {@link matchingOperations}, with how many there are. */
export function matchingPage(
  db: IndexDatabase,
  filter: OperationFilter,
  part: PageOf,
): OperationPage {
  return page(db, matching(filter), part)
}

/** Returns operations of a job, in the order in which they began, or the other way round. */
export function operationsOfGroup(db: IndexDatabase, group: Uuid, part: PageOf): OperationPage {
  return page(db, ofGroup(group), { order: 'asc', ...part })
}

const COUNTS = statement((q, given: { group: Uint8Array }) =>
  q
    .selectFrom('group_ops')
    .select(['op', 'parts', 'open', 'undone'])
    .where('grp', '=', given.group)
    .where('parts', '>', 0)
    .orderBy('op'),
)

/** Returns what a job has done, by name. */
export function countsOfGroup(db: IndexDatabase, group: Uuid): GroupCount[] {
  return db.all(COUNTS, { group: uuidBytes(group) })
}

const ONE = statement((q, given: { id: Uint8Array }) =>
  q.selectFrom('operations').select(COLUMNS).where('id', '=', given.id),
)

/** Returns one operation; null where there is none. */
export function operationById(db: IndexDatabase, id: string): Operation | null {
  const row = db.first(ONE, { id: uuidBytes(id) })
  return row === undefined ? null : operationOf(row)
}
