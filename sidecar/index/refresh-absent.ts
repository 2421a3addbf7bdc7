/** Missing documents of known packs: they count as unreadable. */
import { missingDocuments } from '../store/missing-documents.ts'
import { saveState, keepUnreadable, knownNames, type RefreshContext } from './sources.ts'

/** Updates which documents are missing. */
export function refreshAbsent(ctx: RefreshContext): void {
  const { db, reader } = ctx
  const before = knownNames(db, 'absent')
  const now = missingDocuments(reader).map(({ path }) => path)
  const paths = [...new Set([...before, ...now])]
  const found = now.map((path) => ({ path, refers: true }))
  keepUnreadable(ctx, paths, found)
  for (const path of before) saveState(db, { source: 'absent', name: path }, null)
  for (const path of now) saveState(db, { source: 'absent', name: path }, '')
}
