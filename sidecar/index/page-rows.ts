/** The rows of one page: every walk stops at the end of the page. */
import { sql, type SqlBool } from 'kysely'
import { blobs, type Condition } from './conditions.ts'
import type { IndexDatabase } from './database.ts'
import type { Plan, SortedWalk, Walk } from './page-plan.ts'
import type { BlobRow } from './rows.ts'
import { entriesOf, statement } from './statement.ts'

/** A page of rows, and the total number of rows. */
export interface RowPage {
  readonly total: number
  readonly rows: BlobRow[]
}

/** The rows of a walk that form the page. */
interface Span {
  /** True where the walk begins at the end of the list, which is nearer to the page. */
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

/** Numbers of the rows along a walk, from the nearer end. */
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

/** A walk, and the number of its matching rows. */
interface CountedWalk {
  readonly walk: Walk
  readonly total: number
}

/** A walk whose rows are also tested by conditions. */
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

/** How many rows may be tested one by one before the full-text index is queried instead. */
const MAX_SCANNED = 1500

/**
 * Returns the page of a search from the rows at the nearer end of a walk in the requested order:
 * where many rows match, they fill it soon. Null where that cannot be expected, or matches come
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
