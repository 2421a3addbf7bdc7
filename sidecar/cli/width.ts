/** The width of a text in terminal columns, and how to shorten it. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

/** Latin letters, punctuation and dashes: each takes one column, whatever is beside it. */
const USUAL = /^[ -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u2026]*$/u

let segmenter: Intl.Segmenter | null = null

/** The graphemes of a text; loading their rules takes ten milliseconds. */
function graphemesOf(text: string): string[] {
  if (USUAL.test(text)) return Array.from(text)
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

interface Sign {
  readonly text: string
  readonly width: number
}

function signsOf(text: string): Sign[] {
  return graphemesOf(text).map((sign) => ({
    text: sign,
    width: WIDE.test(sign) ? 2 : /^\p{M}+$/u.test(sign) ? 0 : 1,
  }))
}

const sum = (signs: readonly Sign[]) => signs.reduce((total, { width }) => total + width, 0)

/**
 * Returns columns that `text` takes: two for East Asian wide signs and emoji, none for combining
 * marks.
 */
export function textWidth(text: string): number {
  return USUAL.test(text) ? text.length : sum(signsOf(text))
}

/** The longest beginning of `signs` that fits. */
function fitting(signs: readonly Sign[], width: number): string {
  let room = width
  let text = ''
  for (const sign of signs) {
    room -= sign.width
    if (room < 0) break
    text += sign.text
  }
  return text
}

/**
 * Leaves out the middle of a text that is wider than `width`, so that a name keeps its ending.
 * @example shortenMiddle('juggernautXL_ragnarok.safetensors', 20) // 'juggernaut…fetensors'
 */
export function shortenMiddle(text: string, width: number): string {
  const signs = signsOf(text)
  if (sum(signs) <= width) return text
  if (width < 1) return ''
  const head = Math.ceil((width - 1) / 2)
  const tail = fitting(signs.toReversed(), width - 1 - head)
  return `${fitting(signs, head)}…${graphemesOf(tail).toReversed().join('')}`
}

/** Fills `text` with spaces up to `width` columns, on the right or (for numbers) on the left. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'right' ? spaces + text : text + spaces
}

/** Breaks a paragraph into lines of at most `width` columns, at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
