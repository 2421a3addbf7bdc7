/** How sizes, times, counts and digests are written for people. The one formatter of the command. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Digits of a digest or an id that are shown to people. */
const SHORT = 12

function scaled(value: number): string {
  return value < 99.95 ? String(Number(value.toFixed(1))) : value.toFixed(0)
}

/**
 * Writes a count of bytes in decimal units, with one digit after the point below 100; null is "–".
 * @example size(6_800_000_000) // '6.8 GB'
 */
export function size(bytes: number | null): string {
  if (bytes === null) return '–'
  let value = bytes
  let unit = 0
  // 999.6 kB would be written as 1000 kB: it is 1 MB.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? String(value) : scaled(value)} ${UNITS[unit] ?? ''}`
}

const two = (value: number) => String(value).padStart(2, '0')

/** Writes a timestamp in this machine's time zone, to the minute; null is "–". */
export function moment(timestamp: string | null): string {
  if (timestamp === null) return '–'
  const at = new Date(timestamp)
  if (Number.isNaN(at.getTime())) return timestamp
  const day = `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Writes a span of seconds. @example duration(3725) // '1 h 02 min' */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${String(whole)} s`
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${two(whole % 60)} s`
  return `${String(Math.floor(whole / 3600))} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** The first 12 digits of a digest; null is "–". */
export function shortDigest(sha256: string | null): string {
  return sha256 === null ? '–' : sha256.slice(0, SHORT)
}

/** The last 12 digits of an id: its random part; the first ones tell only the time. */
export function shortId(id: string): string {
  return id.slice(-SHORT)
}

/** A count with its noun. @example plural(2, 'pack') // '2 packs' */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${String(count)} ${count === 1 ? noun : many}`
}

/** Words in a row, or "–" where there are none. */
export function list(words: readonly string[]): string {
  return words.length === 0 ? '–' : words.join(', ')
}

/** Words with underscores as people write them. */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}
