/**
 * How many rows our own statements have left in each table. Triggers of our connections alone keep
 * the counts, so that rows which another program removes are missed.
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

/** Fills the table of counts of an empty index. */
export const COUNTS = `
INSERT INTO cache_counts VALUES ${COUNTED.map((name) => `('${name}', 0)`).join(', ')};`

const counting = (name: string, event: 'INSERT' | 'DELETE', by: string) => `
CREATE TEMP TRIGGER counted_${name}_${event} AFTER ${event} ON main.${name}
  BEGIN UPDATE cache_counts SET rows = rows ${by} WHERE name = '${name}'; END;`

/** Makes a connection keep the counts. */
export const COUNTING = COUNTED.map(
  (name) => counting(name, 'INSERT', '+ 1') + counting(name, 'DELETE', '- 1'),
).join('\n')

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

/** Reports whether every row is there that our statements have made, and no other. */
export function hasOwnRows(db: IndexDatabase): boolean {
  return db.all(KNOWN).length === COUNTED.length && db.first(WRONG) === undefined
}

/** Makes the first count as quick as the others, whose time is measured. */
export function prepareCounting(db: IndexDatabase): void {
  db.prepare(WRONG)
  db.prepare(KNOWN)
}
