/** Pickle files, which may run code: not visible until the owner approves them. */
import type { Sha256 } from '../../../schemas/ids.ts'
import { isPickleName } from '../../../schemas/kinds.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/**
 * Returns a rule for blocked pickle files: those without an approval, and without a link from
 * before ours.
 */
export function blockedRule(
  reader: StoreReader,
  there: ReadonlyMap<string, KnownLink>,
): (sha256: Sha256, path: string) => boolean {
  const approved = new Set(reader.approvals().approved.map((one) => one.sha256))
  return (sha256, path) => {
    if (approved.has(sha256)) return false
    if (there.get(path)?.sha256 === sha256) return false
    return isPickleName(path) || isPickleName(reader.meta(sha256)?.original_filename ?? '')
  }
}
