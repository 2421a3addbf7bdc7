/**
 * Invisible characters of names: which names read the same, and which characters may stay. Unicode
 * 16.
 */

/** One character without a look of its own; blanks are not among them. */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2028\u2029\ufff9-\ufffb]/v

/** Characters without ink: the above, blanks of every width, and marks without a base. */
const WITHOUT_INK =
  /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Cc}\p{White_Space}\p{M}\u2800\ufff9-\ufffb]/gv

/** Scripts in which a joiner or non-joiner changes how letters are written. */
const JOINED =
  '[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Nko}\\p{Script=Mongolian}\\p{Script=Devanagari}' +
  '\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}' +
  '\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}' +
  '\\p{Script=Myanmar}\\p{Script=Tibetan}]'

/** Invisible characters that change what is visible, each in its context. */
const KEPT_INVISIBLE = [
  // Emoji: whole sequences, also those written without their variation selectors.
  '\\p{RGI_Emoji}',
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0e\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]',
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
  // Joiners between letters; after a virama also at the end of a word.
  `(?<=${JOINED})[\\u200c\\u200d](?=${JOINED})`,
  '(?<=[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca])[\\u200c\\u200d]',
  // Forms of Han and Mongolian letters.
  '(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=\\p{Script=Mongolian})[\\u180b-\\u180d\\u180f]',
].join('|')

let keptOrInvisible: RegExp | null = null

/**
 * Made when it is first needed: all sequences of emoji take as long as half the start of a program.
 */
const keptOrInvisiblePattern = () =>
  (keptOrInvisible ??= new RegExp(`(?<kept>${KEPT_INVISIBLE})|${INVISIBLE.source}`, 'gv'))

/** Reports whether there is anything to see in a name. */
export function isVisible(name: string): boolean {
  return name.replace(WITHOUT_INK, '') !== ''
}

/** Returns a text without invisible characters that have no visible effect. */
export function dropInvisible(text: string): string {
  const dropped = text.replace(keptOrInvisiblePattern(), (found: string, kept?: string) =>
    kept === undefined ? '' : found,
  )
  // One that was kept between two letters may have lost them: some letters are invisible as well.
  return dropped === text ? text : dropInvisible(dropped)
}

/**
 * Returns what is the same of two names that read the same: no invisible characters, one sort of
 * blank, one case, Unicode NFC. Never shown and never written.
 */
export function readsAs(name: string): string {
  return name
    .replace(new RegExp(INVISIBLE, 'gv'), '')
    .replace(/[\p{White_Space}\u2800]+/gu, ' ')
    .trim()
    .normalize('NFC')
    .toLowerCase()
}
