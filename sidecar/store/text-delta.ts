/**
 * The difference between two texts, as copies of whole lines of the first and new text between them
 * (Tichy, "The string-to-string correction problem with block moves", 1984: taking the longest
 * block at each position gives the fewest blocks).
 */

/** Lines of the source that are copied (first, count), or text that the source does not have. */
export type DeltaPart = string | readonly [first: number, count: number]

/** What turns one text into another. */
export type TextDelta = readonly DeltaPart[]

/** Copying a shorter block costs more than its text. */
const LEAST_COPIED = 24
/** How many positions of an equal line are tried; the others are rarely longer. */
const MAX_TRIED = 16

/** The lines of a text, each with its newline; joined they are the text. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/gu) ?? []
}

interface Source {
  readonly lines: readonly string[]
  /** Line → its positions, ascending. */
  readonly positions: ReadonlyMap<string, readonly number[]>
}

function sourceOf(text: string): Source {
  const lines = linesOf(text)
  const positions = new Map<string, number[]>()
  for (const [position, line] of lines.entries()) {
    const held = positions.get(line)
    if (held === undefined) positions.set(line, [position])
    else held.push(position)
  }
  return { lines, positions }
}

/** The first index whose value is at least `least`. */
function lowerBound(values: readonly number[], least: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}

interface Block {
  readonly first: number
  readonly count: number
}

/** A line of the target, and where in the source to begin looking for it. */
interface Search {
  readonly at: number
  readonly near: number
}

/** The longest block of the source that stands at `at` of the target, searched from `near` on. */
function blockAt(source: Source, target: readonly string[], { at, near }: Search): Block {
  const positions = source.positions.get(target[at] ?? '') ?? []
  const from = Math.max(0, Math.min(lowerBound(positions, near), positions.length - MAX_TRIED))
  let best: Block = { first: 0, count: 0 }
  for (const first of positions.slice(from, from + MAX_TRIED)) {
    let count = 1
    const isSame = () =>
      at + count < target.length && source.lines[first + count] === target[at + count]
    while (isSame()) count += 1
    if (count > best.count) best = { first, count }
  }
  return best
}

function isWorthCopying(target: readonly string[], at: number, count: number): boolean {
  let length = 0
  for (let line = 0; line < count && length < LEAST_COPIED; line += 1) {
    length += target[at + line]?.length ?? 0
  }
  return length >= LEAST_COPIED
}

/**
 * Returns the delta from `before` to `after`, or the whole of `after` where that is shorter. Its
 * size grows with the difference, the time with the length of both texts.
 */
export function deltaBetween(before: string, after: string): TextDelta {
  const source = sourceOf(before)
  const target = linesOf(after)
  const parts: DeltaPart[] = []
  let added: string[] = []
  let near = 0
  const flush = () => {
    if (added.length > 0) parts.push(added.join(''))
    added = []
  }
  for (let at = 0; at < target.length;) {
    const { first, count } = blockAt(source, target, { at, near })
    if (isWorthCopying(target, at, count)) {
      flush()
      parts.push([first, count])
      near = first + count
      at += count
    } else {
      added.push(target[at] ?? '')
      at += 1
    }
  }
  flush()
  const whole: TextDelta = after === '' ? [] : [after]
  return JSON.stringify(parts).length < JSON.stringify(whole).length ? parts : whole
}

/** Reports whether a delta holds the whole text, whatever it was made from. */
export function isWholeText(delta: TextDelta): boolean {
  return delta.every((part) => typeof part === 'string')
}

/**
 * Returns `before` with a delta applied; the result is meaningless where `before` is not the text
 * it was made from.
 */
export function applyDelta(before: string, delta: TextDelta): string {
  const lines = isWholeText(delta) ? [] : linesOf(before)
  return delta
    .map((part) =>
      typeof part === 'string' ? part : lines.slice(part[0], part[0] + part[1]).join(''),
    )
    .join('')
}
