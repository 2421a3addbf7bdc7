/** Until when what expired in the trash may really go: a clock may be wrong. */
import type { StoreReader } from '../../store/store-reader.ts'
import { knownJump, newestKnownTime } from '../../store/known-time.ts'

const DAY_MS = 86_400_000

/** What `clean` may take from the trash. */
export interface TrashLimit {
  /** What expired before goes; milliseconds since 1970. */
  readonly until: number
  /** The clock has jumped: this moment is written down, and what expired since waits for a day. */
  readonly jumped: boolean
}

/** Returns how long deleted models are kept, in milliseconds. @throws store.document_broken */
export function trashMs(reader: StoreReader): number {
  return reader.config().trash.days * DAY_MS
}

/**
 * Returns until when expired trash may go: until now, unless the clock is further than `trash.days`
 * after the newest time that the store knows, or came there less than a day ago; then until that
 * was first seen, if that is a day or more ago.
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
