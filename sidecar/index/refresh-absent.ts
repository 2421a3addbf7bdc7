/** Documents that are known and not there: they count as unreadable. */
import { absentPapers } from '../store/absent-papers.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { keepStamp, keepUnreadable, knownNames, type Mark } from './sources.ts'

/** Takes over which documents are missing now. */
export function refreshAbsent(db: IndexDatabase, reader: StoreReader, mark: Mark): void {
  const before = knownNames(db, 'absent')
  const now = absentPapers(reader).map(({ path }) => path)
  const paths = [...new Set([...before, ...now])]
  const found = now.map((path) => ({ path, refers: true }))
  keepUnreadable(db, paths, found, mark)
  for (const path of before) keepStamp(db, 'absent', path, null)
  for (const path of now) keepStamp(db, 'absent', path, '')
}
