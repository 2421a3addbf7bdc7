/** Doctor's check of blobs that came in without being copied. */
import type { Finding } from '../../../schemas/store.ts'
import type { RecheckResult } from '../imports/recheck-in-place.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { evictionNotes } from './store-status.ts'

/**
 * Reports blobs whose files were changed since they came in, and recent evictions. With `repair`
 * they are evicted.
 * @throws store.locked, disk.*
 */
export async function checkInPlace(
  reader: StoreReader,
  recheckInPlace: (repair: boolean) => Promise<RecheckResult>,
  repair: boolean,
): Promise<Finding[]> {
  const before = evictionNotes(reader, Date.now()).map((message): Finding => {
    return { check: 'in_place', severity: 'warning', message, repairable: false, repaired: false }
  })
  const { changed, evicted } = await recheckInPlace(repair)
  const paths = new Map(evicted.map(({ sha256, path }) => [sha256, path]))
  const found = changed.map((sha256): Finding => {
    const path = paths.get(sha256)
    const message =
      path === undefined
        ? `${sha256.slice(0, 12)} was changed after its import`
        : `${sha256.slice(0, 12)} was changed after its import; its file is at ${path} again`
    const repaired = path !== undefined
    return { check: 'in_place', severity: 'error', message, repairable: true, repaired }
  })
  return [...before, ...found]
}
