/**
 * How many rows our own statements have left in each table. Triggers of our connections alone keep
 * the counts, so that rows which another program removes are missed.
 */
const COUNTED = ['blobs', 'refs', 'visible', 'proofs', 'digests', 'approved'] as const

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

const WRONG = COUNTED.map(
  (name) => `
  SELECT 1 FROM cache_counts WHERE name = '${name}' AND rows <> (SELECT count(*) FROM ${name})`,
).join(' UNION ALL ')

/** What is asked here; an open index is one. */
interface RowSource {
  readonly row: (sql: string) => unknown
}

/** Reports whether every row is there that our statements have made, and no other. */
export function hasOwnRows(db: RowSource): boolean {
  const known = db.row('SELECT count(*) AS n FROM cache_counts') as { n: number }
  return known.n === COUNTED.length && db.row(`${WRONG} LIMIT 1`) === undefined
}
