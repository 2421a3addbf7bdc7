import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatAgo,
  formatExactSize,
  formatMoment,
  formatSize,
  formatSpan,
  formatTimestamp,
} from '../../schemas/format.ts'

const NOW = new Date(2026, 10, 21, 14, 30).getTime()
const before = (seconds: number) => NOW - seconds * 1000

test('sizes are decimal, with a digit after the point only where it says something', () => {
  const cases: readonly (readonly [number | null, string])[] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [99_940, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [144_000_000, '144 MB'],
    [6_800_000_000, '6.8 GB'],
    [45_040_000_000, '45 GB'],
    [110_000_000_000, '110 GB'],
    [2_500_000_000_000, '2.5 TB'],
    [Number.MAX_SAFE_INTEGER, '9 PB'],
    [null, '–'],
  ]
  for (const [bytes, text] of cases) assert.equal(formatSize(bytes, 'en'), text)
  // English is written without the data of locales, and no otherwise than they say.
  for (let bytes = 0; bytes < 200_000; bytes += 7) {
    assert.equal(formatSize(bytes, 'en'), formatSize(bytes, 'en-US'))
  }
})

test('separators are those of the locale', () => {
  assert.equal(formatSize(6_800_000_000, 'cs-CZ'), '6,8 GB')
  assert.equal(formatExactSize(6_800_000_123, 'en'), '6,800,000,123 B')
  assert.equal(formatSpan(5400, 'cs-CZ'), '1,5 h')
})

test('a span is written in one unit', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0.2, '1 s'],
    [45, '45 s'],
    [59.6, '1 min'],
    [65, '1 min'],
    [3569, '59 min'],
    [3600, '1 h'],
    [5400, '1.5 h'],
    [86_400, '24 h'],
  ]
  for (const [seconds, text] of cases) assert.equal(formatSpan(seconds, 'en'), text)
})

test('a time in the past is written in one unit too', () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5, 'now'],
    [9, 'now'],
    [10, '10 sec. ago'],
    [200, '3 min. ago'],
    [7200, '2 hr. ago'],
    [86_400, 'yesterday'],
    [3 * 86_400, '3 days ago'],
  ]
  for (const [seconds, text] of cases) assert.equal(formatAgo(before(seconds), NOW, 'en'), text)
})

test('a moment of today is a time, another one has its date', () => {
  assert.equal(formatMoment(before(60), NOW, 'en-GB'), '14:29')
  assert.equal(formatMoment(before(86_400), NOW, 'en-GB'), '20 Nov 2026, 14:30')
})

test('timestamps of tables sort as text; a text that is not one is left as it is', () => {
  assert.equal(formatTimestamp(new Date(NOW).toISOString()), '2026-11-21 14:30')
  assert.deepEqual([formatTimestamp('soon'), formatTimestamp(null)], ['soon', '–'])
})
