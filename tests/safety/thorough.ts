/**
 * How thorough a run is: by default some steps of each operation, more with `SYNAPSE_SAFETY=some`;
 * `SYNAPSE_SAFETY=full` tries everything, however long it takes.
 */
const WISH = process.env['SYNAPSE_SAFETY'] ?? ''
/** Whether everything is tried. */
export const FULL = WISH === 'full'

/** So many steps or states are tried of one operation. */
export interface Sample {
  /** Where nothing is said. */
  readonly few: number
  /** With `SYNAPSE_SAFETY=some`. */
  readonly some: number
}

/** Of an operation on many files not all are tried in any run. */
const MAX_HEAVY = 64
const SHARE_OF_HEAVY = 2

/** Returns how many steps or states of an operation are tried; `Infinity` for all. */
export function sizeOf({ few, some }: Sample, heavy = false): number {
  if (FULL) return heavy ? MAX_HEAVY : Infinity
  const most = WISH === '' ? few : some
  return heavy ? Math.ceil(most / SHARE_OF_HEAVY) : most
}

const upTo = (last: number) => Array.from({ length: last }, (_one, index) => index + 1)

/** Returns the numbers 1 to `last`, or the middles of `most` equal parts of them. */
export function middlesOf(last: number, most: number): number[] {
  if (last <= most) return upTo(last)
  return upTo(most).map((part) => Math.ceil(((part - 0.5) * last) / most))
}

/** Returns the numbers 1 to `last`; unless the run is to be full, `most` of them, evenly spread. */
export function someOf(last: number, most: number): number[] {
  if (FULL || last <= most) return upTo(last)
  const chosen = upTo(most).map((part) => Math.round(1 + ((part - 1) * (last - 1)) / (most - 1)))
  return [...new Set(chosen)]
}
