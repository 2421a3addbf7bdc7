/**
 * Sizes, spans and moments as people read them: the one formatter of the command, the panel and
 * the page. A locale is a BCP 47 tag; it chooses separators, the order of dates, and words of time.
 */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** What is not known. */
const UNKNOWN = '–'

/** Returns a whole number with the locale's separators. */
export function formatCount(value: number, locale: string): string {
  return value.toLocaleString(locale)
}

/**
 * A number below 1000 with at most this many digits after the point. English needs no locale data,
 * which takes a third of Node's start to load.
 */
function shortNumber(value: number, locale: string, maximumFractionDigits: 0 | 1): string {
  if (locale !== 'en' || value >= 999.5) {
    return value.toLocaleString(locale, { maximumFractionDigits })
  }
  const scale = maximumFractionDigits === 1 ? 10 : 1
  // 4.35 × 10 is a little less than 43.5; people round the number that they see.
  return String(Math.round(Number((value * scale).toPrecision(15))) / scale)
}

/**
 * Returns a count of bytes in decimal units, with one digit after the point below 100 of them where
 * it is not zero; null, which is unknown, is "–".
 * @example formatSize(6_800_000_000, 'en') // '6.8 GB'
 */
export function formatSize(bytes: number | null, locale: string): string {
  if (bytes === null) return UNKNOWN
  let value = bytes
  let unit = 0
  // 999.6 kB would be written as 1000 kB: it is 1 MB.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const maximumFractionDigits = value < 99.95 ? 1 : 0
  return `${shortNumber(value, locale, maximumFractionDigits)} ${UNITS[unit] ?? ''}`
}

/** Returns a count of bytes to the byte, for tooltips. */
export function formatExactSize(bytes: number, locale: string): string {
  return `${formatCount(bytes, locale)} B`
}

/** Returns a span in the one unit that is enough for what remains: `45 s`, `2 min`, `1.5 h`. */
export function formatSpan(seconds: number, locale: string): string {
  const [value, unit] =
    seconds < 59.5
      ? [Math.max(1, Math.round(seconds)), 's']
      : seconds < 3570
        ? [Math.round(seconds / 60), 'min']
        : [seconds / 3600, 'h']
  return `${value.toLocaleString(locale, { maximumFractionDigits: 1 })} ${unit}`
}

const STEPS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** Returns how long ago a moment was: `3 min ago`; one under ten seconds ago is `now`. */
export function formatAgo(at: number, now: number, locale: string): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const seconds = Math.round((now - at) / 1000)
  const [length, unit] = STEPS.find(([step]) => seconds >= step) ?? [1, 'second']
  return seconds < 10
    ? words.format(0, 'second')
    : words.format(-Math.round(seconds / length), unit)
}

/**
 * Returns a moment in this machine's time zone; its time alone where it is of the same day as
 * `now`.
 */
export function formatMoment(at: number, now: number, locale: string): string {
  const date = new Date(at)
  const today = date.toDateString() === new Date(now).toDateString()
  return date.toLocaleString(
    locale,
    today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  )
}

/** Swedish writes moments as ISO 8601 does, but for the T. */
const SORTABLE = 'sv-SE'

/**
 * Returns a timestamp in this machine's time zone as tables want it, `2026-11-21 14:00`; a text
 * that is none stays as it is, null is "–".
 */
export function formatTimestamp(timestamp: string | null): string {
  if (timestamp === null) return UNKNOWN
  const date = new Date(timestamp)
  if (Number.isNaN(date.getTime())) return timestamp
  return date.toLocaleString(SORTABLE, { dateStyle: 'short', timeStyle: 'short' })
}
