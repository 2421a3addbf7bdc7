/** Until when expired trash may be removed: the clock may be wrong. */
import type { StoreReader } from '../../store/store-reader.ts'
import { knownJump, newestKnownTime } from '../../store/known-time.ts'

const DAY_MS = 86_400_000

/** What `clean` may remove from the trash. */
export interface TrashLimit {
  /** Entries that expired before this are removed; milliseconds since 1970. */
  readonly until: number
  /**
   * True where the clock has jumped: the jump is recorded, and what expired since is kept for a
   * day.
   */
  readonly jumped: boolean
}

/** Returns how long deleted models are kept, in milliseconds. @throws store.document_broken */
export function trashMs(reader: StoreReader): number {
  return reader.config().trash.days * DAY_MS
}

/**
 * Returns until when expired trash may be removed: until now, unless the clock is more than
 * `trash.days` ahead of the newest time in the store, or got there less than a day ago. After a
 * jump, entries that expired before it was first seen may be removed once that is a day ago.
 * @param now milliseconds since 1970
 */
export function trashLimit(reader: StoreReader, now: number): TrashLimit {
  const jump = knownJump(reader.paths)
  const seen = jump !== null && jump <= now ? jump : null
  const isFar = now - newestKnownTime(reader.paths) > Math.max(trashMs(reader), DAY_MS)
  const isOld = seen !== null && now - seen >= DAY_MS
  if (!isFar) return { until: seen === null || isOld ? now : 0, jumped: false }
  return { until: isOld ? seen : 0, jumped: seen === null || isOld }
}
