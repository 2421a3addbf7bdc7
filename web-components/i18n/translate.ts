/** Words of the panel in the language of the person. */
import type { Catalogue, Message, MessageKey } from './catalogue.ts'
import { cs } from './cs.ts'
import { en } from './en.ts'

const CATALOGUES: Readonly<Record<string, Catalogue>> = { en, cs }

let locale = 'en'
let formatTag = 'en'
let plurals = new Intl.PluralRules(locale)

/** Chooses the language by a tag such as `cs` or `cs-CZ`; English where there is no catalogue. */
export function setLocale(tag: string): void {
  const language = tag.split('-')[0]?.toLowerCase() ?? 'en'
  const known = Object.hasOwn(CATALOGUES, language)
  locale = known ? language : 'en'
  formatTag = known && isLanguageTag(tag) ? tag : locale
  plurals = new Intl.PluralRules(locale)
}

/** Reports whether `Intl` takes the tag; some browsers report a POSIX locale: `en-US@posix`. */
function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** Returns the language in use with its region, for numbers and times. */
export function currentLocale(): string {
  return formatTag
}

/**
 * Returns the text of `key` with its values filled in; numbers are grouped, `n` chooses the plural.
 */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  const message = (CATALOGUES[locale] ?? en)[key]
  const text = typeof message === 'string' ? message : pluralOf(message, values['n'])
  return text.replace(/\{(\w+)\}/gu, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? value.toLocaleString(formatTag) : value
  })
}

function pluralOf(forms: Exclude<Message, string>, n: string | number | undefined): string {
  return forms[plurals.select(Number(n ?? 0))] ?? forms.other
}

/** Returns the text of `prefix.name` where the catalogue has one, else `name` as it is. */
export function wordFor(prefix: string, name: string): string {
  const key = `${prefix}.${name}`
  return Object.hasOwn(en, key) ? t(key as MessageKey) : name.replaceAll('_', ' ')
}
