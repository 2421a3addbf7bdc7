/** Numbers, sizes and times in the language of the page. */
import * as format from '../../schemas/format.ts'
import { currentLocale } from '../i18n/translate.ts'

/** Returns a whole number with the locale's separators. */
export const formatCount = (value: number): string => format.formatCount(value, currentLocale())

/** Returns a size in decimal units, as everywhere in Synapse: 6 800 000 000 is `6.8 GB`. */
export const formatBytes = (bytes: number): string => format.formatSize(bytes, currentLocale())

/** Returns the exact size, for tooltips. */
export const exactBytes = (bytes: number): string => format.formatExactSize(bytes, currentLocale())

/** Returns `45 s`, `2 min`, `1.5 h`: one unit is enough for what remains. */
export const formatSeconds = (seconds: number): string =>
  format.formatSpan(seconds, currentLocale())

/** Returns `3 min ago`; a moment under ten seconds ago is `now`. */
export const formatAgo = (at: number): string => format.formatAgo(at, Date.now(), currentLocale())

/** Returns a clock time of today, a date and time otherwise. */
export const formatMoment = (at: number): string =>
  format.formatMoment(at, Date.now(), currentLocale())
