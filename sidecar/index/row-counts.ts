/**
 * How many rows our own statements have left in each table. The triggers exist only in our
 * connections, so that the counts reveal rows which another program removed.
 */
import type { IndexDatabase } from './database.ts'
import { statement } from './statement.ts'

const COUNTED = [
  'blobs',
  'refs',
  'visible',
  'locations',
  'copies',
  'files',
  'digests',
  'approved',
] as const

/** SQL that fills the table of counts of an empty index. */
export const COUNTS = `
INSERT INTO cache_counts VALUES ${COUNTED.map((name) => `('${name}', 0)`).join(', ')};`

const counting = (name: string, event: 'INSERT' | 'DELETE', by: string) => `
CREATE TEMP TRIGGER counted_${name}_${event} AFTER ${event} ON main.${name}
  BEGIN UPDATE cache_counts SET rows = rows ${by} WHERE name = '${name}'; END;`

/** SQL that makes a connection maintain the counts. */
export const COUNTING = COUNTED.map(
  (name) => counting(name, 'INSERT', '+ 1') + counting(name, 'DELETE', '- 1'),
).join('\n')

const NOT_COUNTING = COUNTED.flatMap((name) =>
  ['INSERT', 'DELETE'].map((event) => `DROP TRIGGER temp.counted_${name}_${event};`),
).join('\n')

const RECOUNT = COUNTED.map(
  (name) => `UPDATE cache_counts SET rows = (SELECT count(*) FROM ${name}) WHERE name = '${name}';`,
).join('\n')

/** Makes a connection keep the counts, or leave them alone until {@link countAnew}. */
export function keepCounts(db: IndexDatabase, on: boolean): void {
  db.execute(on ? COUNTING : NOT_COUNTING)
}

/** Counts the rows of all tables. */
export function countAnew(db: IndexDatabase): void {
  db.execute(RECOUNT)
}

const WRONG = statement((q) =>
  COUNTED.map((name) =>
    q
      .selectFrom('cache_counts')
      .select('name')
      .where('name', '=', name)
      .where(
        'rows',
        '<>',
        q.selectFrom(name).select((eb) => eb.fn.countAll<number>().as('n')),
      ),
  ).reduce((all, one) => all.unionAll(one)),
)
const KNOWN = statement((q) => q.selectFrom('cache_counts').select('name'))

/** Reports whether the tables hold exactly as many rows as our statements have left. */
export function hasOwnRows(db: IndexDatabase): boolean {
  return db.all(KNOWN).length === COUNTED.length && db.first(WRONG) === undefined
}

/** Prepares counting, so that the first count, whose time is measured, is as fast as later ones. */
export function prepareCounting(db: IndexDatabase): void {
  db.prepare(WRONG)
  db.prepare(KNOWN)
}
