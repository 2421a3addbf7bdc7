/** Words of names, for storing and for searching. */
import { COUNTED, type CountedColumn } from './filters.ts'

const WORD = /[\p{L}\p{N}\p{M}]+/gu
const ASCII_WORD = /[a-z0-9]+/giu
const CASE_CHANGE = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const UPPER_CASE = /\p{Lu}/u
const MAX_WORDS = 16

const BEYOND_ASCII = /[^\0-\x7f]/u

function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase()
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

/** ASCII, of which most names are, needs no normalizing. */
function wordsOf(name: string): readonly string[] {
  const words = BEYOND_ASCII.test(name)
    ? name.normalize('NFKC').match(WORD)
    : name.match(ASCII_WORD)
  return words ?? []
}

function piecesOf(word: string): string[] {
  return UPPER_CASE.test(word) ? [word, ...word.split(CASE_CHANGE)] : [word]
}

/**
 * Returns words under which names are found: split at everything that is not a letter or digit, and
 * again where the case changes.
 * @example searchText(['juggernautXL_v9']) // ' juggernautxl juggernaut xl v9'
 */
export function searchText(names: readonly string[]): string {
  const words = names.flatMap(wordsOf).flatMap(piecesOf).map(fold)
  return [...new Set(words)].map((word) => ` ${word}`).join('')
}

/**
 * Returns words that the user typed, folded. A name matches if each is the prefix of one of its
 * words.
 */
export function wantedWords(typed: string): string[] {
  const words = fold(typed.normalize('NFKC')).match(WORD) ?? []
  return [...new Set(words)].slice(0, MAX_WORDS)
}

/**
 * Private-use characters, which no typed word contains. The first ones mark columns, the last one
 * punctuation.
 */
const FIRST_MARK = 0xe000
const JOINT = '\uF8FF'
const OTHER_SIGN = /[^a-z0-9]/gu

/** Returns the value of a counted column as one word that cannot be typed. */
export function facetWord(column: CountedColumn, value: string): string {
  const mark = String.fromCharCode(FIRST_MARK + COUNTED.indexOf(column))
  const plain = value.replaceAll(
    OTHER_SIGN,
    (sign) => `${JOINT}${(sign.codePointAt(0) ?? 0).toString(16)}${JOINT}`,
  )
  return mark + plain
}

const quoted = (word: string) => `"${word}"`

/** Returns the FTS5 expression for words as prefixes, and for facets: one of each group. */
export function matchText(
  words: readonly string[],
  facets: readonly (readonly string[])[],
): string {
  const prefixes = words.map((word) => `${quoted(word)}*`)
  const groups = facets.map((group) => `(${group.map(quoted).join(' OR ')})`)
  return [...prefixes, ...groups].join(' AND ')
}
