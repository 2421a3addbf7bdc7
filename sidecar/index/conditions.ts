/** Conditions of queries for blobs, as expressions. */
import { expressionBuilder, sql, type Expression, type SqlBool } from 'kysely'
import { FILTER_NAMES, type FacetsQuery, type FilterName } from '../../schemas/inventory-query.ts'
import { FILTERS, type CountedColumn, type TableFilter } from './filters.ts'
import { askedValues, passing } from './groups.ts'
import { facetWord, matchText, wantedWords } from './search-words.ts'
import { builder, listed } from './statement.ts'
import type { GroupRow, Tables } from './tables.ts'

/** A condition on rows of `blobs`. */
export type Condition = Expression<SqlBool>

/** Writes conditions on rows of `blobs`. */
export const blobs = expressionBuilder<Tables, 'blobs'>()

/**
 * Selects blobs by one index. The builder does not support INDEXED BY; SQLite merges the inner
 * query into the outer one.
 */
export const blobsBy = (index: string) =>
  builder.selectFrom(
    sql<Tables['blobs']>`(SELECT * FROM blobs INDEXED BY ${sql.raw(index)})`.as('blobs'),
  )

/** Selects blobs by number or digest, not by an index of lists. */
export const blobsByKey = () =>
  builder.selectFrom(sql<Tables['blobs']>`(SELECT * FROM blobs NOT INDEXED)`.as('blobs'))

/** The index that SQLite creates for the unique digests. */
export const DIGEST_INDEX = 'sqlite_autoindex_blobs_1'

/** Returns the condition that a blob is in one of some groups; none where these are all groups. */
export function groupConditions(all: readonly GroupRow[], left: readonly GroupRow[]): Condition[] {
  if (left.length === all.length) return []
  const [only, ...others] = left.map((group) => group.id)
  if (only !== undefined && others.length === 0) return [blobs('grp', '=', only)]
  const ids = JSON.stringify(left.map((group) => group.id))
  return [blobs('grp', 'in', listed<number>(ids))]
}

/** Returns the rows of the table of a filter: `value`, and the digest that has it. */
export const membersOf = ({ table, column }: TableFilter) =>
  builder.selectFrom(
    sql<{
      readonly value: string
      readonly digest: string
    }>`(SELECT ${sql.ref(column)} AS value, sha256 AS digest FROM ${sql.table(table)} WHERE ${sql.ref(column)} IS NOT NULL)`.as(
      'members',
    ),
  )

/** Digests of the blobs to which another table gives one of the values. */
const digestsWith = (filter: TableFilter, values: readonly string[]) =>
  membersOf(filter).select('digest').where('value', 'in', values)

/** Returns the conditions of filters by other tables, except one. */
export function tableConditions(query: FacetsQuery, except: FilterName | null = null): Condition[] {
  return FILTER_NAMES.flatMap((name) => {
    const filter = FILTERS[name]
    const values = askedValues(query, name)
    if (name === except || values === null || !('table' in filter)) return []
    return [blobs('item', 'in', digestsWith(filter, values))]
  })
}

/** Returns the words that a query looks for. */
export const wordsOf = ({ search = '' }: FacetsQuery): string[] => wantedWords(search)

/**
 * Returns conditions that each word is the prefix of a word of the row: they match the same rows as
 * the full-text index.
 */
export function wordConditions(words: readonly string[]): Condition[] {
  return words.map((word) => sql<SqlBool>`instr(search, ${` ${word}`}) > 0`)
}

/**
 * Returns conditions for punctuation, which is not part of words: they match names that contain it
 * as typed.
 */
export function signConditions(query: FacetsQuery): Condition[] {
  const typed = query.search?.trim() ?? ''
  if (typed === '' || wordsOf(query).length > 0) return []
  const others = sql`SELECT 1 FROM json_each(other_names) WHERE instr(value, ${typed}) > 0`
  return [sql<SqlBool>`(instr(display_name, ${typed}) > 0 OR EXISTS (${others}))`]
}

/** Finds groups among all by the filters of a query. */
interface AmongGroups {
  readonly query: FacetsQuery
  readonly all: readonly GroupRow[]
}

/** The facet words that pass one filter; null where the query does not use it. */
function facetGroup({ query, all }: AmongGroups, name: FilterName): string[] | null {
  const filter = FILTERS[name]
  if ('table' in filter || query[name] === undefined) return null
  const column = filter.column as CountedColumn
  const cells = new Set(passing(all, { [name]: query[name] }).map((group) => group[column]))
  return [...cells].map((cell) => facetWord(column, cell))
}

/**
 * Returns the full-text expression for words, and for the filters by columns if only some of the
 * given groups pass.
 */
export function matchOf(query: FacetsQuery, all: readonly GroupRow[] | null): string {
  const groups = all === null ? [] : FILTER_NAMES.map((name) => facetGroup({ query, all }, name))
  return matchText(
    wordsOf(query),
    groups.filter((group) => group !== null),
  )
}

/** Returns numbers of the blobs that the full-text index finds. */
export const foundBy = (match: string) =>
  builder
    .selectFrom('words')
    .select('rowid')
    .where(sql<SqlBool>`words MATCH ${match}`)

/** Returns how many blobs the full-text index finds. */
export const countFoundBy = (match: string) =>
  builder
    .selectFrom('words')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(sql<SqlBool>`words MATCH ${match}`)
