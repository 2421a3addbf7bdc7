/** A ledger as the index reads it. */
import type { IndexDatabase } from './database.ts'
import type { Mark, Source } from './sources.ts'

/** An append-only ledger. */
export interface AppendedLedger {
  readonly source: Extract<Source, 'copies' | 'digests' | 'files'>
  /** Its files; each overrides those before it. */
  readonly paths: readonly string[]
  /** Applies a line. @returns the items whose rows depend on it; null where it is not a record */
  readonly take: (db: IndexDatabase, line: string) => readonly string[] | null
  /** Removes all rows, and marks the items whose rows depend on them. */
  readonly forget: (db: IndexDatabase, mark: Mark) => void
}
