/** Questions about what was done, answered from the table of operations. */
import type { Sha256, Uuid } from '../../schemas/ids.ts'
import type { RecordPlace } from '../store/journal-files.ts'
import { digestBytes, uuidBytes, uuidText } from './cells.ts'
import type { IndexDatabase } from './database.ts'

/** An operation, without what its record says of it. */
export interface Operation {
  readonly id: Uuid
  readonly group: Uuid | null
  readonly op: string
  readonly at: string
  readonly actor: string
  readonly place: RecordPlace
  readonly ended_at: string | null
  readonly undone_at: string | null
  /** Which of its steps were not made, by their index. */
  readonly kept: readonly number[]
}

/** Operations of one job: how many there are of each name, and how they stand. */
export interface GroupCount {
  readonly op: string
  readonly parts: number
  readonly open: number
  readonly undone: number
}

interface Row {
  readonly id: Uint8Array
  readonly grp: Uint8Array | null
  readonly op: string
  readonly at: string
  readonly actor: string
  readonly file: string
  readonly start: number
  readonly length: number
  readonly ended_at: string | null
  readonly undone_at: string | null
  /** JSON: indices. */
  readonly kept: string | null
}

/** A page of operations, and how many there are in all. */
export interface OperationPage {
  readonly total: number
  readonly items: Operation[]
}

/** Which part of a list is asked for. */
export interface PageOf {
  readonly limit: number
  readonly offset: number
}

function operationOf(row: Row): Operation {
  const { id, grp, file, start, length, op, at, actor, ended_at, undone_at } = row
  const place = { file, offset: start, length }
  const group = grp === null ? null : uuidText(grp)
  const kept = row.kept === null ? [] : (JSON.parse(row.kept) as number[])
  return { id: uuidText(id), group, op, at, actor, place, ended_at, undone_at, kept }
}

const COLUMNS = 'id, grp, op, at, actor, file, start, length, ended_at, undone_at, kept'

/** Which operations: a condition, and the values of its question marks. */
interface Which {
  readonly where: string
  readonly cells: readonly (string | Uint8Array)[]
}

function some(
  db: IndexDatabase,
  { where, cells }: Which,
  { limit, offset }: PageOf,
  order: 'ASC' | 'DESC' = 'DESC',
): Operation[] {
  const sql = `
    SELECT ${COLUMNS} FROM operations WHERE ${where} ORDER BY id ${order} LIMIT ? OFFSET ?`
  return db.rows<Row>(sql, ...cells, limit, offset).map(operationOf)
}

/** All are counted, which takes its time where there are a million. */
function page(
  db: IndexDatabase,
  which: Which,
  part: PageOf,
  order: 'ASC' | 'DESC' = 'DESC',
): OperationPage {
  const count = `SELECT count(*) AS n FROM operations WHERE ${which.where}`
  const total = db.row<{ n: number }>(count, ...which.cells)?.n ?? 0
  return { total, items: some(db, which, part, order) }
}

const LEADING: Which = { where: 'leads = 1', cells: [] }

/** The first operation of each job, and each that belongs to none, newest first. */
export function leadingOperations(db: IndexDatabase, part: PageOf): Operation[] {
  return some(db, LEADING, part)
}

/** As {@link leadingOperations}, with how many there are. */
export function leadingPage(db: IndexDatabase, part: PageOf): OperationPage {
  return page(db, LEADING, part)
}

/** Operations that have one name, or are about one blob, or both. */
export interface OperationFilter {
  readonly op?: string | undefined
  readonly sha256?: Sha256 | undefined
}

function matching({ op, sha256 }: OperationFilter): Which {
  const about = 'seq IN (SELECT seq FROM operation_blobs WHERE sha256 = ?)'
  const where = [...(op === undefined ? [] : ['op = ?']), ...(sha256 === undefined ? [] : [about])]
  const cells = [op, sha256 === undefined ? undefined : digestBytes(sha256)]
  return { where: where.join(' AND ') || '1', cells: cells.filter((cell) => cell !== undefined) }
}

/** Operations that fit a filter, newest first. */
export function matchingOperations(
  db: IndexDatabase,
  filter: OperationFilter,
  part: PageOf,
): Operation[] {
  return some(db, matching(filter), part)
}

/** As {@link matchingOperations}, with how many there are. */
export function matchingPage(
  db: IndexDatabase,
  filter: OperationFilter,
  part: PageOf,
): OperationPage {
  return page(db, matching(filter), part)
}

/** Operations of a job, in the order in which they began, or the other way round. */
export function operationsOfGroup(
  db: IndexDatabase,
  group: Uuid,
  part: PageOf,
  order: 'ASC' | 'DESC' = 'ASC',
): OperationPage {
  return page(db, { where: 'grp = ?', cells: [uuidBytes(group)] }, part, order)
}

/** What a job has done, by name. */
export function countsOfGroup(db: IndexDatabase, group: Uuid): GroupCount[] {
  const sql = `
    SELECT op, parts, open, undone FROM group_ops WHERE grp = ? AND parts > 0 ORDER BY op`
  return db.rows<GroupCount>(sql, uuidBytes(group))
}

/** One operation; null where there is none. */
export function operationById(db: IndexDatabase, id: string): Operation | null {
  const row = db.row<Row>(`SELECT ${COLUMNS} FROM operations WHERE id = ?`, uuidBytes(id))
  return row === undefined ? null : operationOf(row)
}
