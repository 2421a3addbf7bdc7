/** Which pickles are approved. */
import { fileFingerprint } from '../store/documents.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { saveState, keepUnreadable, savedState, type RefreshContext } from './sources.ts'
import { statement } from './statement.ts'

const SOURCE = { source: 'approvals', name: '' } as const

const APPROVED = statement((q) => q.selectFrom('approved').select('sha256'))
const REVOKE = statement((q, given: { sha256: string }) =>
  q.deleteFrom('approved').where('sha256', '=', given.sha256),
)
const APPROVE = statement((q, given: { sha256: string }) =>
  q.insertInto('approved').values({ sha256: given.sha256 }),
)

function approvedDigests(reader: StoreReader): Set<string> | null {
  try {
    return new Set(reader.approvals().approved.map((one) => one.sha256))
  } catch {
    return null
  }
}

/** Updates which pickles are approved, and marks those whose approval has changed. */
export function refreshApprovals(ctx: RefreshContext): void {
  const { db, reader, mark } = ctx
  const fingerprint = fileFingerprint(reader.paths.approvals) ?? ''
  if (savedState(db, SOURCE) === fingerprint) return
  const read = approvedDigests(reader)
  const now = read ?? new Set<string>()
  const before = new Set(db.all(APPROVED).map((row) => row.sha256))
  for (const sha256 of before.difference(now)) db.run(REVOKE, { sha256 })
  for (const sha256 of now.difference(before)) db.run(APPROVE, { sha256 })
  for (const sha256 of before.symmetricDifference(now)) mark(sha256)
  const path = reader.paths.relative(reader.paths.approvals)
  keepUnreadable(ctx, [path], read === null ? [{ path, refers: false }] : [])
  saveState(db, SOURCE, fingerprint)
}
