/** How thorough a run is: `SYNAPSE_SAFETY=full` tries everything, however long it takes. */
export const FULL = process.env['SYNAPSE_SAFETY'] === 'full'

/** The numbers 1 to `last`; unless the run is to be full, `most` of them, evenly spread. */
export function someOf(last: number, most: number): number[] {
  const all = Array.from({ length: last }, (_one, index) => index + 1)
  if (FULL || last <= most) return all
  const chosen = Array.from({ length: most }, (_one, index) =>
    Math.round(1 + (index * (last - 1)) / (most - 1)),
  )
  return [...new Set(chosen)]
}
