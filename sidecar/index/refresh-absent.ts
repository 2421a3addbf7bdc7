/** Documents that are known and not there: they count as unreadable. */
import { absentPapers } from '../store/absent-papers.ts'
import { saveState, keepUnreadable, knownNames, type RefreshContext } from './sources.ts'

/** Takes over which documents are missing now. */
export function refreshAbsent(ctx: RefreshContext): void {
  const { db, reader } = ctx
  const before = knownNames(db, 'absent')
  const now = absentPapers(reader).map(({ path }) => path)
  const paths = [...new Set([...before, ...now])]
  const found = now.map((path) => ({ path, refers: true }))
  keepUnreadable(ctx, paths, found)
  for (const path of before) saveState(db, { source: 'absent', name: path }, null)
  for (const path of now) saveState(db, { source: 'absent', name: path }, '')
}
