/** A disk with no byte free: what needs room fails, what gives some up makes room for the rest. */
import type { DiskCall, DiskObserver } from '../../../sidecar/platform/disk-calls.ts'

const NEEDS_ROOM = new Set<DiskCall['op']>(['create', 'write', 'copy', 'mkdir', 'link', 'symlink'])

/** Refuses calls that need room until the reserve of the store is given up. */
export function fullDisk(): DiskObserver {
  let full = true
  return (call) => {
    if (call.op === 'truncate' && call.path.endsWith('/data/reserve')) full = false
    if (!full || !NEEDS_ROOM.has(call.op)) return
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
}
