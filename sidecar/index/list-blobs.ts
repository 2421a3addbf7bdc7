/** Pages of the inventory: filters, searches, and use by packs. */
import { sql } from 'kysely'
import type { InventoryQuery } from '../../schemas/inventory-query.ts'
import {
  blobs,
  blobsBy,
  blobsByKey,
  countFoundBy,
  DIGEST_INDEX,
  foundBy,
  matchOf,
  signConditions,
  tableConditions,
  wordConditions,
} from './conditions.ts'
import type { IndexDatabase } from './database.ts'
import { blobsIn } from './groups.ts'
import {
  MAX_SORTED,
  filtersOf,
  groupedWalk,
  planOf,
  sortedWalk,
  type Plan,
  type Walk,
} from './page-plan.ts'
import { pageNearby, pageOf, type RowPage } from './page-rows.ts'
import type { Remembered } from './remembered.ts'

/** The number of matches of each search for one version of the rows. */
export interface SearchCounts {
  readonly known: Remembered<number>
  /** A text that changes whenever rows may have changed. */
  readonly version: string
}

function listFiltered(db: IndexDatabase, plan: Plan): RowPage {
  const total = blobsIn(plan.left)
  const sorted = sortedWalk(plan)
  const walk = total <= MAX_SORTED && sorted.rows > MAX_SORTED ? groupedWalk(plan) : sorted
  return pageOf(db, plan, { walk, total })
}

function listFound(db: IndexDatabase, plan: Plan, { known, version }: SearchCounts): RowPage {
  const match = matchOf(plan.query, plan.all)
  const total = known.get(match, version, () => db.select(countFoundBy(match))[0]?.n ?? 0)
  if (total <= MAX_SORTED) {
    const conditions = [blobs('id', 'in', foundBy(match)), ...filtersOf(plan)]
    return pageOf(db, plan, { walk: { from: blobsByKey(), conditions }, total })
  }
  const sorted = sortedWalk(plan)
  const fits = wordConditions(plan.words)
  const nearby = pageNearby(db, plan, { walk: sorted, fits, total })
  if (nearby !== null) return nearby
  // The unary plus keeps SQLite from looking rows up by number: the walk returns them in order.
  const found = blobs(sql<number>`+id`, 'in', foundBy(match))
  const walk = { from: sorted.from, conditions: [...sorted.conditions, found] }
  return pageOf(db, plan, { walk, total })
}

function countedPage(db: IndexDatabase, plan: Plan, walk: Walk): RowPage {
  const counted = walk.from
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(blobs.and([...walk.conditions]))
  return pageOf(db, plan, { walk, total: db.select(counted)[0]?.n ?? 0 })
}

/**
 * Blobs that other tables name: few, so they are looked up by their digests and checked one by one.
 */
function listNamed(db: IndexDatabase, plan: Plan): RowPage {
  const { query, words } = plan
  const narrowing = [...tableConditions(query), ...filtersOf(plan)]
  const looked = [...wordConditions(words), ...signConditions(query)]
  return countedPage(db, plan, {
    from: blobsBy(DIGEST_INDEX),
    conditions: [...narrowing, ...looked],
  })
}

/** Returns the rows of a query in its order; equal ones in the order of their digests. */
export function listBlobs(db: IndexDatabase, query: InventoryQuery, counts: SearchCounts): RowPage {
  const plan = planOf(db, query)
  if (plan.left.length === 0) return { total: 0, rows: [] }
  if (tableConditions(query).length > 0) return listNamed(db, plan)
  if (plan.words.length > 0) return listFound(db, plan, counts)
  const signs = signConditions(query)
  if (signs.length === 0) return listFiltered(db, plan)
  const { from, conditions } = sortedWalk(plan)
  return countedPage(db, plan, { from, conditions: [...conditions, ...signs] })
}
