/** What the index needs to know of a ledger. */
import type { IndexDatabase } from './database.ts'
import type { Mark, Source } from './sources.ts'

/** A ledger that is only ever appended to. */
export interface AppendedLedger {
  readonly source: Extract<Source, 'copies' | 'digests' | 'files'>
  /** Its files; each stands over those before it. */
  readonly paths: readonly string[]
  /** Takes a line over. @returns the items whose rows hang on it; null where it is no record */
  readonly take: (db: IndexDatabase, line: string) => readonly string[] | null
  /** Removes all rows, and marks the items whose rows hang on them. */
  readonly forget: (db: IndexDatabase, mark: Mark) => void
}
