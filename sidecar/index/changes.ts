/**
 * Numbers of changes. Changes of the store come one after the other, under its lock; a crash leaves
 * a number that was begun and never ended.
 */
import { sql } from 'kysely'
import type { IndexDatabase } from './database.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

const CHANGES = statement((q) => q.selectFrom('cache_changes').selectAll())

/** Whoever holds the lock knows that a change of another process has ended, be it by a crash. */
const BEGIN = statement((q) =>
  q
    .updateTable('cache_changes')
    .set({
      missed: sql`CASE WHEN ended < begun THEN begun ELSE missed END`,
      begun: sql`begun + 1`,
    })
    .returning('begun'),
)
const END = statement((q, given: { own: number }) =>
  q.updateTable('cache_changes').set({ ended: given.own }).where('begun', '=', given.own),
)
const MISS = statement((q, given: { own: number }) =>
  q
    .updateTable('cache_changes')
    .set({ ended: given.own, missed: given.own })
    .where('begun', '=', given.own),
)
const MISS_ONE = statement((q) =>
  q
    .updateTable('cache_changes')
    .set({ begun: sql`begun + 1`, ended: sql`begun + 1`, missed: sql`begun + 1` }),
)
const SEE = statement((q, given: { upTo: number }) =>
  q.updateTable('cache_changes').set({ seen: given.upTo }).where('seen', '<', given.upTo),
)

/** A file without its row is none of ours: nothing was ever taken over. */
const NONE = { begun: 0, ended: 0, missed: 1, seen: 0 }

/** Returns the numbers of changes in a file. */
export function changesOf(db: IndexDatabase): Tables['cache_changes'] {
  return db.first(CHANGES) ?? NONE
}

/** Takes the number of a change that begins; null in a file that is none of ours. */
export function beginChange(db: IndexDatabase): number | null {
  return db.first(BEGIN)?.begun ?? null
}

/** Notes that a change has ended, and whether it was taken over; nothing where another one began. */
export function endChange(db: IndexDatabase, own: number, isTakenOver: boolean): void {
  db.run(isTakenOver ? END : MISS, { own })
}

/** Notes in a file that a change was not taken over. */
export function missChange(db: IndexDatabase): void {
  db.run(MISS_ONE)
}

/** Reports whether the whole store was ever read into the file. */
export function hasAllRows(db: IndexDatabase): boolean {
  return changesOf(db).seen > 0
}

/** The last change that a check which begins now makes good; one that goes on elsewhere is none. */
export function missedUpTo(db: IndexDatabase): number {
  return changesOf(db).missed
}

/** Notes that all changes up to one are taken over. */
export function markSeen(db: IndexDatabase, upTo: number): void {
  db.run(SEE, { upTo })
}
