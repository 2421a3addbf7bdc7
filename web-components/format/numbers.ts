/** Numbers, sizes and times as people read them. */
import { currentLocale, t } from '../i18n/translate.ts'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A whole number with the locale's separators. */
export function formatCount(value: number): string {
  return value.toLocaleString(currentLocale())
}

/** Decimal units with one decimal, as everywhere in Synapse: 6 800 000 000 is `6.8 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 ? 0 : 1
  const text = value.toLocaleString(currentLocale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${text} ${UNITS[unit] ?? 'B'}`
}

/** The exact size, for tooltips. */
export function exactBytes(bytes: number): string {
  return `${formatCount(bytes)} B`
}

/** `45 s`, `2 min`, `3 h`: one unit is enough for what remains. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return t('time.seconds', { n: Math.max(1, Math.round(seconds)) })
  if (seconds < 3600) return t('time.minutes', { n: Math.round(seconds / 60) })
  return t('time.hours', { n: Math.round((seconds / 3600) * 10) / 10 })
}

/** `3 min ago`; a moment under ten seconds ago is `now`. */
export function formatAgo(at: number, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  const words = new Intl.RelativeTimeFormat(currentLocale(), { numeric: 'auto', style: 'short' })
  if (seconds < 10) return words.format(0, 'second')
  if (seconds < 60) return words.format(-seconds, 'second')
  if (seconds < 3600) return words.format(-Math.round(seconds / 60), 'minute')
  if (seconds < 86_400) return words.format(-Math.round(seconds / 3600), 'hour')
  return words.format(-Math.round(seconds / 86_400), 'day')
}

/** A clock time of today, a date and time otherwise. */
export function formatMoment(at: number): string {
  const date = new Date(at)
  const today = date.toDateString() === new Date().toDateString()
  return date.toLocaleString(
    currentLocale(),
    today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  )
}
