/** Measuring things beside each other: rounds in turn, medians, ratios pair by pair. */

/** A program whose work is compared. */
export interface Contender {
  readonly name: string
  /** Not measured; before each run. */
  readonly prepare?: () => unknown
  /** The work. Its time counts, unless it gives milliseconds that it measured itself. */
  readonly run: () => unknown
  /** Not measured; after each run. */
  readonly clean?: () => unknown
}

/** What one contender took, round by round, in milliseconds or whatever `unit` says elsewhere. */
export interface Row {
  readonly name: string
  readonly samples: readonly number[]
}

/** How often, and what happens before that. */
export interface CompareOptions {
  readonly rounds: number
  /** Rounds before those, which are not counted. */
  readonly warmUps: number
  /** Not measured; before each run, after its preparation: what others left behind is over then. */
  readonly settle?: () => unknown
}

async function once(contender: Contender, settle: CompareOptions['settle']): Promise<number> {
  await contender.prepare?.()
  await settle?.()
  const start = performance.now()
  const own = await contender.run()
  const ms = performance.now() - start
  await contender.clean?.()
  return typeof own === 'number' ? own : ms
}

/**
 * Lets all contenders work in turn, so that they share the machine's good and bad moments. Each
 * round begins with another one. Rows come in the order of the contenders.
 */
export async function compare(
  contenders: readonly Contender[],
  { rounds, warmUps, settle }: CompareOptions,
): Promise<Row[]> {
  const samples = contenders.map((): number[] => [])
  for (let round = -warmUps; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (turn + Math.max(round, 0)) % contenders.length
      const contender = contenders[index]
      if (contender === undefined) continue
      const ms = await once(contender, settle)
      if (round >= 0) samples[index]?.push(ms)
    }
  }
  return contenders.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }))
}

/** Returns the value below which `share` of the samples lie (nearest rank); NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

/** Returns the value in the middle; the mean of both where there are two. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN
  const high = sorted[Math.floor(middle)] ?? Number.NaN
  return (low + high) / 2
}

/** Returns how many times as long `one` took as `other`: the median over the rounds. */
export function ratioOf(one: Row, other: Row): number {
  return median(one.samples.map((ms, round) => ms / (other.samples[round] ?? Number.NaN)))
}

/** Returns the row of a name. @throws Error where there is none: a mistake in the bench */
export function rowOf(rows: readonly Row[], name: string): Row {
  const row = rows.find((candidate) => candidate.name === name)
  if (row === undefined) throw new Error(`Nothing was measured as "${name}"`)
  return row
}
