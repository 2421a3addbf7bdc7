/**
 * Pages of the inventory. Counters tell how many rows a filter leaves and with that the cheapest
 * index to walk; every walk stops at the end of its page.
 */
import { sql, type RawBuilder } from 'kysely'
import type { InventoryQuery } from '../../schemas/inventory.ts'
import type { IndexDatabase } from './database.ts'
import { countersOf } from './read-items.ts'
import { facetWord, matchText, wantedWords } from './search-words.ts'
import { indexFor, type BlobRow, type CounterRow, type Prefix, type SortColumn } from './tables.ts'

/** Up to so many rows are found first and sorted then; of more, a sorted index is walked. */
const FEW = 1500

const SORTS: Readonly<Record<string, SortColumn>> = {
  name: 'sort_name',
  size: 'size_bytes',
  created: 'created_at',
  kind: 'kind',
  status: 'status',
  where: 'where_',
}

/** A page of rows, and how many there are on all pages. */
export interface RowPage {
  readonly total: number
  readonly rows: BlobRow[]
}

type Condition = RawBuilder<unknown>

/** A query with what the counters say of it. */
interface Plan {
  readonly query: InventoryQuery
  readonly words: readonly string[]
  readonly column: SortColumn
  readonly descending: boolean
  /** Counters of all rows, and of those that the filters on columns leave. */
  readonly all: readonly CounterRow[]
  readonly left: readonly CounterRow[]
}

const isHere = (row: CounterRow) => row.where_ === 'local_only' || row.where_ === 'both'

function leaves(query: InventoryQuery, row: CounterRow): boolean {
  if (query.kind !== undefined && row.kind !== query.kind) return false
  if (query.status !== undefined && row.status !== query.status) return false
  if (query.where !== undefined && row.where_ !== query.where) return false
  if (query.integrity !== undefined && row.integrity !== query.integrity) return false
  return query.location === undefined || (query.location === 'local' && isHere(row))
}

const sum = (rows: readonly CounterRow[]) => rows.reduce((all, row) => all + row.blobs, 0)

function planOf(db: IndexDatabase, query: InventoryQuery): Plan {
  const all = countersOf(db)
  const [sort = 'size', direction = 'desc'] = query.sort_by.split('_')
  return {
    query,
    words: wantedWords(query.search ?? ''),
    column: SORTS[sort] ?? 'size_bytes',
    descending: direction === 'desc',
    all,
    left: all.filter((row) => leaves(query, row)),
  }
}

/** The value that all rows which are left have in a column, if that is one. */
function fixedValue(plan: Plan, column: Prefix): string | null {
  const values = new Set(plan.left.map((row) => row[column]))
  return values.size === 1 ? ([...values][0] ?? null) : null
}

function columnConditions(plan: Plan): Condition[] {
  const conditions: Condition[] = []
  for (const column of ['kind', 'status'] as const) {
    const value = fixedValue(plan, column)
    if (value !== null) conditions.push(sql`${sql.ref(column)} = ${value}`)
  }
  if (plan.query.where !== undefined) conditions.push(sql`where_ = ${plan.query.where}`)
  if (plan.query.integrity !== undefined) conditions.push(sql`integrity = ${plan.query.integrity}`)
  if (plan.query.location !== undefined) conditions.push(sql`where_ IN ('local_only', 'both')`)
  return conditions
}

/** The index that brings the rows in order after the fewest others. */
function bestIndex(plan: Plan): { readonly name: string; readonly rows: number } {
  const prefixes = (['kind', 'status'] as const).flatMap((prefix) => {
    const value = fixedValue(plan, prefix)
    const name = indexFor(prefix, plan.column)
    if (value === null || name === null) return []
    return { name, rows: sum(plan.all.filter((row) => row[prefix] === value)) }
  })
  const best = prefixes.sort((a, b) => a.rows - b.rows)[0]
  return best ?? { name: indexFor(null, plan.column) ?? '', rows: sum(plan.all) }
}

/** The index that finds the rows without the others, in whatever order. */
function narrowIndex(plan: Plan): string | null {
  const kind = fixedValue(plan, 'kind')
  const status = fixedValue(plan, 'status')
  if (kind !== null && status !== null) return indexFor('kind', 'status')
  if (status !== null) return indexFor(null, 'status')
  return kind === null ? null : indexFor(null, 'kind')
}

interface Walk {
  readonly from: Condition
  readonly conditions: readonly Condition[]
  readonly total: number
}

const indexed = (name: string): Condition => sql`blobs INDEXED BY ${sql.raw(name)}`

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

function orderOf(plan: Plan, { backwards }: Span): Condition {
  const direction = sql.raw(plan.descending === backwards ? 'ASC' : 'DESC')
  return sql`${sql.ref(plan.column)} ${direction}, sha256 ${direction}`
}

const allOf = (conditions: readonly Condition[]): Condition =>
  sql.join([sql`1`, ...conditions], sql` AND `)

const inOrder = <T>({ backwards }: Span, rows: T[]): T[] => (backwards ? rows.reverse() : rows)

function pageIds(db: IndexDatabase, plan: Plan, walk: Walk): number[] {
  const span = spanOf(plan, walk.total)
  if (span.take === 0) return []
  const query = sql<{ id: number }>`
    SELECT id FROM ${walk.from} WHERE ${allOf(walk.conditions)}
    ORDER BY ${orderOf(plan, span)} LIMIT ${span.take} OFFSET ${span.skip}`
  return inOrder(span, db.select(query)).map((row) => row.id)
}

const ROWS = `
  SELECT blobs.* FROM json_each(?) AS wanted CROSS JOIN blobs ON blobs.id = wanted.value
  ORDER BY wanted.key`

const rowsOf = (db: IndexDatabase, ids: readonly number[]): BlobRow[] =>
  db.rows<BlobRow>(ROWS, JSON.stringify(ids))

function pageOf(db: IndexDatabase, plan: Plan, walk: Walk): RowPage {
  return { total: walk.total, rows: rowsOf(db, pageIds(db, plan, walk)) }
}

function listFiltered(db: IndexDatabase, plan: Plan): RowPage {
  const total = sum(plan.left)
  const best = bestIndex(plan)
  const narrow = total <= FEW && best.rows > FEW ? narrowIndex(plan) : null
  const from = indexed(narrow ?? best.name)
  return pageOf(db, plan, { from, conditions: columnConditions(plan), total })
}

/** So many rows may be looked into one by one before the full-text index is asked for all. */
const LOOK_INTO = 1500

/**
 * The page of a search, from the rows at the nearer end of an index in the wanted order: where many
 * rows fit, they fill it. Null where that cannot be expected, or the ones that fit come late.
 */
function idsNearby(
  db: IndexDatabase,
  plan: Plan,
  { name, rows }: ReturnType<typeof bestIndex>,
  total: number,
): number[] | null {
  const span = spanOf(plan, total)
  const expected = ((span.skip + span.take) * rows) / total
  const looked = Math.ceil(2 * expected) + 100
  if (looked > LOOK_INTO) return null
  const query = sql<{ id: number; fits: 0 | 1 }>`
    SELECT id, ${allOf(wordConditions(plan.words))} AS fits FROM ${indexed(name)}
    WHERE ${allOf(columnConditions(plan))} ORDER BY ${orderOf(plan, span)} LIMIT ${looked}`
  const fitting = db.select(query).filter((row) => row.fits === 1)
  const page = fitting.slice(span.skip, span.skip + span.take)
  return page.length < span.take ? null : inOrder(span, page).map((row) => row.id)
}

/** Every word of `words` begins a word of a row; the same rows as the full-text index finds. */
function wordConditions(words: readonly string[]): Condition[] {
  return words.map((word) => sql`instr(search, ${` ${word}`}) > 0`)
}

const HERE = ['local_only', 'both'].map((where) => facetWord('where', where))

function matchOf({ query, words }: Plan): string {
  const facets = [
    ...(query.kind === undefined ? [] : [[facetWord('kind', query.kind)]]),
    ...(query.status === undefined ? [] : [[facetWord('status', query.status)]]),
    ...(query.where === undefined ? [] : [[facetWord('where', query.where)]]),
    ...(query.integrity === undefined ? [] : [[facetWord('integrity', query.integrity)]]),
    ...(query.location === undefined ? [] : [HERE]),
  ]
  return matchText(words, facets)
}

/** How many rows each search found, until something changes. */
export class SearchCounts {
  static readonly #MOST = 500
  readonly #counts = new Map<string, number>()
  #version = ''

  /** The count for a search, made by `count` where it is not known for this state of the rows. */
  get(match: string, version: string, count: () => number): number {
    if (version !== this.#version || this.#counts.size >= SearchCounts.#MOST) this.#counts.clear()
    this.#version = version
    const known = this.#counts.get(match) ?? count()
    this.#counts.set(match, known)
    return known
  }
}

const COUNT_WORDS = 'SELECT count(*) AS n FROM words WHERE words MATCH ?'

function listFound(db: IndexDatabase, plan: Plan, counts: SearchCounts, version: string): RowPage {
  const match = matchOf(plan)
  const total = counts.get(match, version, () => db.row<{ n: number }>(COUNT_WORDS, match)?.n ?? 0)
  const conditions = columnConditions(plan)
  const found = sql`(SELECT rowid FROM words WHERE words MATCH ${match})`
  if (total <= FEW) {
    const from = sql`blobs NOT INDEXED`
    return pageOf(db, plan, { from, conditions: [sql`id IN ${found}`, ...conditions], total })
  }
  const best = bestIndex(plan)
  const ids = idsNearby(db, plan, best, total)
  if (ids !== null) return { total, rows: rowsOf(db, ids) }
  const from = indexed(best.name)
  return pageOf(db, plan, { from, conditions: [...conditions, sql`+id IN ${found}`], total })
}

/** Of signs no word is made: names are found that hold them as they were typed. */
function signConditions({ query, words }: Plan): Condition[] {
  const typed = query.search?.trim() ?? ''
  if (typed === '' || words.length > 0) return []
  const others = sql`SELECT 1 FROM json_each(other_names) WHERE instr(value, ${typed}) > 0`
  return [sql`(instr(display_name, ${typed}) > 0 OR EXISTS (${others}))`]
}

function countedPage(
  db: IndexDatabase,
  plan: Plan,
  from: Condition,
  conditions: readonly Condition[],
): RowPage {
  const count = sql<{ n: number }>`SELECT count(*) AS n FROM ${from} WHERE ${allOf(conditions)}`
  const [counted] = db.select(count)
  return pageOf(db, plan, { from, conditions, total: counted?.n ?? 0 })
}

/** Blobs of one pack: few, so they are found by its references and looked at one by one. */
function listOfPack(db: IndexDatabase, plan: Plan, pack: string): RowPage {
  const used = sql`sha256 IN (SELECT refs.sha256 FROM refs WHERE refs.pack = ${pack})`
  const found = [...wordConditions(plan.words), ...signConditions(plan)]
  const from = indexed('sqlite_autoindex_blobs_1')
  return countedPage(db, plan, from, [used, ...columnConditions(plan), ...found])
}

/**
 * Rows that a query asks for, in its order; equal ones in the order of their digests.
 * @param version another text whenever rows may have changed
 */
export function listBlobs(
  db: IndexDatabase,
  query: InventoryQuery,
  counts: SearchCounts,
  version: string,
): RowPage {
  const plan = planOf(db, query)
  if (plan.left.length === 0) return { total: 0, rows: [] }
  if (query.pack !== undefined) return listOfPack(db, plan, query.pack)
  if (plan.words.length > 0) return listFound(db, plan, counts, version)
  const signs = signConditions(plan)
  if (signs.length === 0) return listFiltered(db, plan)
  const from = indexed(bestIndex(plan).name)
  return countedPage(db, plan, from, [...columnConditions(plan), ...signs])
}
