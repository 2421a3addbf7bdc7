import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { HashRing } from '../../../sidecar/platform/hash-ring.ts'

/** Does something right after the `count`-th value was read from shared memory. */
function afterRead(t: TestContext, count: number, work: () => void): void {
  const { load } = Atomics
  let left = count
  t.mock.method(Atomics, 'load', (...args: Parameters<typeof load>) => {
    const value: unknown = load(...args)
    left -= 1
    if (left === 0) work()
    return value
  })
}

/** More than {@link HashRing.next} reads before it gives a buffer. */
const READS = 12

describe('the thread that drains a ring', () => {
  for (let count = 1; count <= READS; count += 1) {
    it(`gets the last bytes that come with the end at any moment: read ${String(count)}`, (t) => {
      const draining = new HashRing()
      const filling = new HashRing(draining.memory)
      afterRead(t, count, () => {
        filling.claim()?.write('the last')
        filling.fill(8)
        filling.end()
      })
      // Where the moment never comes in one call, nothing was filled: the drainer would wait.
      const waits = t.mock.method(Atomics, 'wait', () => {
        throw new Error('waits')
      })
      let bytes: Buffer | null | 'waits'
      try {
        bytes = draining.next()
      } catch {
        bytes = 'waits'
      }
      const isThere = waits.mock.callCount() > 0 || bytes?.toString() === 'the last'
      assert.ok(isThere, 'bytes were passed over')
    })
  }
})
