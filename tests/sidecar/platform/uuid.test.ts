import assert from 'node:assert/strict'
import test from 'node:test'
import { uuidv7 } from '../../../sidecar/platform/uuid.ts'

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

test('uuidv7() has the version and the variant of RFC 9562 and the time it was made', () => {
  const now = Date.now() + 1_000_000
  const id = uuidv7(now)
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
  assert.equal(timeOf(id), now)
})

test('uuidv7() goes on rising when the clock stands still, also past a full counter', () => {
  const now = Date.now() + 2_000_000
  const ids = Array.from({ length: 20_000 }, () => uuidv7(now))
  assert.deepEqual(ids, [...ids].sort())
  assert.equal(new Set(ids).size, ids.length)
})

test('uuidv7() goes on rising when the clock jumps back, and follows it forward again', () => {
  const now = Date.now() + 3_000_000
  const ids = [now, now - 500_000, 0, now + 7].map((time) => uuidv7(time))
  assert.deepEqual(ids, [...ids].sort())
  assert.equal(timeOf(ids.at(-1) ?? ''), now + 7)
})
