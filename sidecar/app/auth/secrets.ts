/** Secrets: created here, stored and compared only as digests. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'

/** Capital letters and digits that cannot be confused with one another. */
const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 8

/** Returns 256 random bits as base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Returns a code that is easy to read out: `ABCD-2345`. */
export function newCode(): string {
  const pick = () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]
  const text = Array.from({ length: CODE_LENGTH }, pick).join('')
  return `${text.slice(0, 4)}-${text.slice(4)}`
}

/** Returns a code normalized for comparison: without case, dashes and spaces. */
export function plainCode(code: string): string {
  return code.replace(/[\s-]/gu, '').toUpperCase()
}

/** Returns SHA-256 of a secret, in hexadecimal. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex')
}

/** Reports whether two digests are equal, in a time that does not reveal where they differ. */
export function sameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The clocks of a span. */
export interface Time {
  readonly clock: Clock
  /** Milliseconds that only ever grow. */
  readonly monotonic: () => number
}

/** A bounded span. */
export interface Span {
  readonly startsAt: string
  readonly endsAt: string
  readonly over: () => boolean
}

/**
 * Returns a span of `ms` from now. It ends when either clock says so: neither setting the system
 * clock back nor a sleep of the machine makes it longer.
 */
export function startSpan({ clock, monotonic }: Time, ms: number): Span {
  const [start, from] = [clock.now(), monotonic()]
  return {
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(start + ms).toISOString(),
    over: () => monotonic() - from >= ms || clock.now() - start >= ms,
  }
}
