/** Lets a test see, count or refuse the calls that change the disk. */
import { observeDisk, type DiskCall, type DiskObserver } from '../../sidecar/platform/disk-calls.ts'

/** Lets `observer` see each call that `run` makes; one that it throws at does not happen. */
export async function observing<T>(observer: DiskObserver, run: () => Promise<T>): Promise<T> {
  const before = observeDisk(observer)
  try {
    return await run()
  } finally {
    observeDisk(before)
  }
}

/** What the probe of the volume does says nothing about an operation. */
function isProbe(call: DiskCall): boolean {
  return /\/\.probe\.[^/]*\.synapse-tmp/u.test(call.path)
}

/** Observes as {@link observing} does, but for the calls that probe the volume. */
export function watching<T>(observer: DiskObserver, run: () => Promise<T>): Promise<T> {
  return observing((call) => {
    if (!isProbe(call)) observer(call)
  }, run)
}

/**
 * Has this process make the calls of all mounts itself, as it does where it is observed: a child for
 * each mount of each sandbox that is opened costs more than what is done with the sandbox.
 */
export function inThisProcess(): Disposable {
  const before = observeDisk(() => undefined)
  return { [Symbol.dispose]: () => void observeDisk(before) }
}
