/** Words of names, as they are stored and as they are looked for. */
import { COUNTED, type CountedColumn } from './filters.ts'

const WORD = /[\p{L}\p{N}\p{M}]+/gu
const CASE_CHANGE = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const MAX_WORDS = 16

const BEYOND_ASCII = /[\u0080-\uFFFF]/u

function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase()
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

function piecesOf(word: string): string[] {
  return [word, ...word.split(CASE_CHANGE)]
}

/**
 * Returns words under which names are found: split at everything that is no letter or digit, and
 * once more where the case changes.
 * @example searchText(['juggernautXL_v9']) // ' juggernautxl juggernaut xl v9'
 */
export function searchText(names: readonly string[]): string {
  const words = names
    .flatMap((name) => name.normalize('NFKC').match(WORD) ?? [])
    .flatMap(piecesOf)
    .map(fold)
  return [...new Set(words)].map((word) => ` ${word}`).join('')
}

/**
 * Returns words that the user typed, folded. A name is found where each begins one of its words.
 */
export function wantedWords(typed: string): string[] {
  const words = fold(typed.normalize('NFKC')).match(WORD) ?? []
  return [...new Set(words)].slice(0, MAX_WORDS)
}

/** Private-use letters: no typed word holds one. The first ones mark columns, the last one signs. */
const FIRST_MARK = 0xe000
const JOINT = '\uF8FF'
const OTHER_SIGN = /[^a-z0-9]/gu

/** Returns the value of a counted column as one word, which no typed word can be. */
export function facetWord(column: CountedColumn, value: string): string {
  const mark = String.fromCharCode(FIRST_MARK + COUNTED.indexOf(column))
  const plain = value.replaceAll(
    OTHER_SIGN,
    (sign) => `${JOINT}${(sign.codePointAt(0) ?? 0).toString(16)}${JOINT}`,
  )
  return mark + plain
}

const quoted = (word: string) => `"${word}"`

/** Returns the expression of FTS5 for words that are prefixes, and facets: one of each group. */
export function matchText(
  words: readonly string[],
  facets: readonly (readonly string[])[],
): string {
  const prefixes = words.map((word) => `${quoted(word)}*`)
  const groups = facets.map((group) => `(${group.map(quoted).join(' OR ')})`)
  return [...prefixes, ...groups].join(' AND ')
}
