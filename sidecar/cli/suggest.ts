/** Finds the word that the user probably meant. */

/** Edits (insert, delete, change, swap neighbours) that lead from one word to the other. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1]
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const choices = [cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + (same ? 0 : 1)]
      row.push(Math.min(...choices, swapped ? cell(i - 2, j - 2) + 1 : Infinity))
    }
  }
  return cell(from.length, to.length)
}

/**
 * Returns the candidate nearest to `word`, or null where none is near (a third of its letters
 * differ).
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase()
  const ranked = candidates
    .map((candidate) => {
      const begins = typed.length > 1 && candidate.startsWith(typed)
      return { candidate, edits: begins ? 0.5 : distance(typed, candidate) }
    })
    .sort((a, b) => a.edits - b.edits)
  const [best] = ranked
  return best && best.edits <= Math.max(1, Math.ceil(typed.length / 3)) ? best.candidate : null
}
