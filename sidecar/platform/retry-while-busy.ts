/** Calls that another program may block for a while. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { busyErrnos } from './system.ts'

const BUSY_PATIENCE_MS = 5000

const BUSY_PAUSE_MS = 50

/**
 * Makes a call that another program's open file may block: repeats it for up to five seconds.
 * @throws disk.* as {@link diskErrorAt}
 */
export async function retryWhileBusy<T>(path: string, call: () => T): Promise<T> {
  const until = performance.now() + BUSY_PATIENCE_MS
  for (;;) {
    try {
      return call()
    } catch (error) {
      const again = busyErrnos.has(calls.errnoOf(error)) && performance.now() < until
      if (!again) throw diskErrorAt(error, path)
      await sleep(BUSY_PAUSE_MS)
    }
  }
}
