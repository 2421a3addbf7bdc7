/** The rows of one page: every walk stops at its end. */
import { sql, type SqlBool } from 'kysely'
import { blobs, type Condition } from './conditions.ts'
import type { IndexDatabase } from './database.ts'
import type { Plan, SortedWalk, Walk } from './page-plan.ts'
import type { BlobRow } from './rows.ts'
import { entriesOf, statement } from './statement.ts'

/** A page of rows, and how many there are on all pages. */
export interface RowPage {
  readonly total: number
  readonly rows: BlobRow[]
}

/** Which rows of a walk are the page. */
interface Span {
  /** The walk begins at the nearer end: a page deep in the list is walked to from behind. */
  readonly backwards: boolean
  readonly skip: number
  readonly take: number
}

function spanOf({ query }: Plan, total: number): Span {
  const take = Math.max(0, Math.min(query.limit, total - query.offset))
  const behind = total - query.offset - take
  const backwards = behind < query.offset
  return { backwards, skip: backwards ? behind : query.offset, take }
}

const inOrder = <T>({ backwards }: Span, rows: T[]): T[] => (backwards ? rows.reverse() : rows)

/** Numbers of the rows along a walk, from the nearer end on. */
function along({ from, conditions }: Walk, plan: Plan, { backwards }: Span) {
  const direction = plan.descending === backwards ? 'asc' : 'desc'
  return from
    .select('id')
    .where(blobs.and([...conditions]))
    .orderBy(plan.column, direction)
    .orderBy('tie', direction)
}

const ROWS = statement((q, given: { ids: string }) =>
  q
    .selectFrom(entriesOf<number>(given.ids))
    .crossJoin('blobs')
    .selectAll('blobs')
    .whereRef('blobs.id', '=', 'entries.value')
    .orderBy('entries.key'),
)

function rowsOf(db: IndexDatabase, ids: readonly number[]): BlobRow[] {
  return db.all(ROWS, { ids: JSON.stringify(ids) })
}

/** A walk, and how many of its rows fit. */
interface CountedWalk {
  readonly walk: Walk
  readonly total: number
}

/** A walk of whose rows only those that meet conditions fit. */
interface TestedWalk extends CountedWalk {
  readonly walk: SortedWalk
  readonly fits: readonly Condition[]
}

/** Returns the page of a walk that has `total` rows. */
export function pageOf(db: IndexDatabase, plan: Plan, { walk, total }: CountedWalk): RowPage {
  const span = spanOf(plan, total)
  if (span.take === 0) return { total, rows: [] }
  const found = db.select(along(walk, plan, span).limit(span.take).offset(span.skip))
  const ids = inOrder(span, found).map((row) => row.id)
  return { total, rows: rowsOf(db, ids) }
}

/** So many rows may be looked into one by one before the full-text index is asked for all. */
const MAX_SCANNED = 1500

/**
 * Returns the page of a search, from the rows at the nearer end of a walk in the wanted order:
 * where many rows fit, they fill it. Null where that cannot be expected, or the ones that fit come
 * late.
 */
export function pageNearby(
  db: IndexDatabase,
  plan: Plan,
  { walk, fits, total }: TestedWalk,
): RowPage | null {
  const span = spanOf(plan, total)
  const expected = ((span.skip + span.take) * walk.rows) / total
  const looked = Math.ceil(2 * expected) + 100
  if (looked > MAX_SCANNED) return null
  const query = along(walk, plan, span).select(sql<SqlBool>`${blobs.and([...fits])}`.as('fits'))
  const fitting = db.select(query.limit(looked)).filter((row) => Boolean(row.fits))
  const page = fitting.slice(span.skip, span.skip + span.take)
  if (page.length < span.take) return null
  const ids = inOrder(span, page).map((row) => row.id)
  return { total, rows: rowsOf(db, ids) }
}
