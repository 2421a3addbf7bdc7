/** UUIDs that sort by the time at which they were made (RFC 9562, version 7). */
import { randomBytes } from 'node:crypto'
import { brand, Uuid } from '../../schemas/ids.ts'

const COUNTER_END = 0x1000
const COUNTER_START_END = 0x800

let lastTime = 0
let counter = 0

/**
 * Returns a fresh UUIDv7 for the time `now` (milliseconds since 1970). Each one of this process
 * sorts after the one before, even when `now` stands still or jumps back: the 12 bits after the
 * version count up (RFC 9562 6.2, method 1), and a full counter borrows the next millisecond.
 */
export function uuidv7(now: number): Uuid {
  advance(Math.max(0, Math.floor(now)))
  const bytes = randomBytes(16)
  bytes.writeUIntBE(lastTime, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return brand(Uuid, [...parts, hex.slice(20)].join('-'))
}

function advance(now: number): void {
  const counts = now <= lastTime && counter + 1 < COUNTER_END
  if (counts) {
    counter += 1
    return
  }
  lastTime = Math.max(now, lastTime + 1)
  counter = randomBytes(2).readUInt16BE(0) % COUNTER_START_END
}
