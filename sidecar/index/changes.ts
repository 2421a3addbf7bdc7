/**
 * Numbers of changes. Changes of the store are serialized by its lock; a crash leaves a number that
 * began and never ended.
 */
import { sql } from 'kysely'
import type { IndexDatabase } from './database.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

const CHANGES = statement((q) => q.selectFrom('cache_changes').selectAll())

/** The holder of the lock knows that changes of other processes have ended, even if by a crash. */
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

/** A file without this row is not ours: nothing was ever read into it. */
const NONE = { begun: 0, ended: 0, missed: 1, seen: 0 }

/** Returns the numbers of changes in a file. */
export function changesOf(db: IndexDatabase): Tables['cache_changes'] {
  return db.first(CHANGES) ?? NONE
}

/** Returns the number of a new change; null in a file that is not ours. */
export function beginChange(db: IndexDatabase): number | null {
  return db.first(BEGIN)?.begun ?? null
}

/**
 * Records that a change has ended, and whether it was indexed; does nothing if another one has
 * begun.
 */
export function endChange(db: IndexDatabase, own: number, isTakenOver: boolean): void {
  db.run(isTakenOver ? END : MISS, { own })
}

/** Records that a change was not indexed. */
export function missChange(db: IndexDatabase): void {
  db.run(MISS_ONE)
}

/** Reports whether the whole store was ever read into the file. */
export function hasAllRows(db: IndexDatabase): boolean {
  return changesOf(db).seen > 0
}

/**
 * Returns the last change that a check starting now covers; a change still running elsewhere is not
 * covered.
 */
export function missedUpTo(db: IndexDatabase): number {
  return changesOf(db).missed
}

/** Records that all changes up to one are indexed. */
export function markSeen(db: IndexDatabase, upTo: number): void {
  db.run(SEE, { upTo })
}
