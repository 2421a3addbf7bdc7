/** Progress of a job, published a few times a second, with its rate and remaining time. */
import type { Job } from '../../../schemas/jobs.ts'
import type { Progress } from '../../domain/progress.ts'
import { isOpen, type Entry } from './job-model.ts'

const REPORT_EVERY_MS = 250
const WINDOW_MS = 5000
const SAMPLE_EVERY_MS = 100
const LEAST_SPAN_MS = 250

interface Sample {
  readonly at: number
  readonly done: number
}

/** The rate over the last five seconds; restarts with each stage and unit. */
export class RateMeter {
  #samples: Sample[] = []
  #what = ''

  /** Records the progress at `at` (monotonic milliseconds). */
  add(at: number, { stage, unit, done }: Progress): void {
    const what = `${stage} ${unit}`
    if (what !== this.#what || done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = []
    this.#what = what
    const close = this.#samples.length > 1 && at - (this.#samples.at(-2)?.at ?? 0) < SAMPLE_EVERY_MS
    if (close) this.#samples.pop()
    this.#samples.push({ at, done })
    const tooOld = this.#samples.findLastIndex((sample) => sample.at <= at - WINDOW_MS)
    if (tooOld > 0) this.#samples.splice(0, tooOld)
  }

  /** Units per second; null where too little is known. */
  rate(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (!first || !last || last.at - first.at < LEAST_SPAN_MS) return null
    return ((last.done - first.done) * 1000) / (last.at - first.at)
  }
}

/**
 * Returns whole seconds until `total` is reached at this rate; null where that is unknown or done.
 */
export function etaSeconds({ done, total }: Progress, rate: number | null): number | null {
  if (total === null || rate === null || rate <= 0) return null
  return done >= total ? null : Math.ceil((total - done) / rate)
}

/** Runs `work` at once, and then at most every `every` milliseconds while it is requested. */
export class Throttle {
  readonly #every: number
  readonly #work: () => void
  #timer: NodeJS.Timeout | null = null
  #asked = false

  constructor(every: number, work: () => void) {
    this.#every = every
    this.#work = work
  }

  /** Requests `work`: now, or when the pause is over. */
  ask(): void {
    this.#asked = true
    if (!this.#timer) this.#fire()
  }

  #fire(): void {
    this.#timer = null
    if (!this.#asked) return
    this.#asked = false
    this.#timer = setTimeout(() => {
      this.#fire()
    }, this.#every).unref()
    this.#work()
  }

  /** Drops a pending request. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#asked = false
  }
}

/** Tracks one run of a job. */
export class JobProgress {
  readonly #entry: Entry
  readonly #meter = new RateMeter()
  readonly #throttle: Throttle

  constructor(entry: Entry, publish: () => void) {
    this.#entry = entry
    this.#throttle = new Throttle(REPORT_EVERY_MS, publish)
  }

  /** Records the progress, and publishes it at most every 250 ms. */
  readonly report = (progress: Progress): void => {
    if (!isOpen(this.#entry.job)) return
    this.#meter.add(performance.now(), progress)
    this.#entry.job = { ...this.#entry.job, ...factsOf(progress, this.#meter.rate()) }
    this.#throttle.ask()
  }

  /** Stops publishing. */
  stop(): void {
    this.#throttle.stop()
  }
}

function factsOf(progress: Progress, rate: number | null): Partial<Job> {
  const count = (value: number) => Math.max(0, Math.floor(value))
  return {
    stage: progress.stage,
    done: count(progress.done),
    total: progress.total === null ? null : count(progress.total),
    unit: progress.unit,
    rate,
    eta_seconds: etaSeconds(progress, rate),
  }
}
