/** How the command writes values for people: in English, whatever the terminal's locale. */
import { formatSize, formatSpan, formatTimestamp } from '../../schemas/format.ts'

const LOCALE = 'en'
/** Digits of a digest or an id that are shown to people. */
const SHORT = 12

/** Writes a count of bytes; null is "–". @example size(6_800_000_000) // '6.8 GB' */
export const size = (bytes: number | null): string => formatSize(bytes, LOCALE)

/** Writes a timestamp to the minute; null is "–". */
export const moment = formatTimestamp

/** Writes a span of seconds. @example duration(3725) // '1 h' */
export const duration = (seconds: number): string => formatSpan(seconds, LOCALE)

/** Returns the first 12 digits of a digest; null is "–". */
export function shortDigest(sha256: string | null): string {
  return sha256 === null ? '–' : sha256.slice(0, SHORT)
}

/** Returns the last 12 digits of an id: its random part; the first ones are only the time. */
export function shortId(id: string): string {
  return id.slice(-SHORT)
}

/** Returns a count with its noun. @example plural(2, 'pack') // '2 packs' */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${String(count)} ${count === 1 ? noun : many}`
}

/** Returns words in a row, or "–" where there are none. */
export function list(words: readonly string[]): string {
  return words.length === 0 ? '–' : words.join(', ')
}

/** Returns words with underscores as people write them. */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}
