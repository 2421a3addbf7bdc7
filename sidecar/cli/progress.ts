/** Follows a job to its end and shows its progress. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../schemas/client.ts'
import { AppError, isErrorCode } from '../../schemas/errors.ts'
import type { JobFacts } from '../../schemas/jobs.ts'
import { duration, shortId, size, words } from './format.ts'
import { wholeJob, type Job } from './results.ts'
import type { Output, Terminal } from './terminal.ts'
import { shortenMiddle } from './width.ts'

const POLL_MS = { first: 50, most: 400 } as const
const BAR_WIDTH = 24
/** A pipe gets a line at each new stage and at each tenth of it. */
const LINE_STEPS = 10

/** Shows the states of one job, one after the other. */
export interface Meter {
  show(job: Job): void
  end(): void
}

const quiet: Meter = { show: () => undefined, end: () => undefined }

function amount(job: JobFacts, value: number): string {
  return job.unit === 'bytes' ? size(value) : String(value)
}

/** The amount that is done, and the total if known; empty at the start. */
function amounts(job: JobFacts): string {
  if (job.total === null) return job.done === 0 ? '' : amount(job, job.done)
  const unit = job.unit === 'bytes' ? '' : ` ${job.unit}`
  return `${amount(job, job.done)} / ${amount(job, job.total)}${unit}`
}

function share({ done, total }: JobFacts): number | null {
  return total === null || total === 0 ? null : Math.min(1, done / total)
}

/**
 * Returns the progress of a job in one line. @example 'reading 45 % 3.1 GB / 6.8 GB 210 MB/s 14 s
 * left'
 */
export function progressText(job: JobFacts, bar: string): string {
  const part = share(job)
  const parts = [
    words(job.stage),
    bar,
    part === null ? '' : `${String(Math.floor(part * 100))} %`,
    amounts(job),
    job.rate === null || job.unit !== 'bytes' ? '' : `${size(Math.round(job.rate))}/s`,
    job.eta_seconds === null ? '' : `${duration(job.eta_seconds)} left`,
  ]
  return parts.filter((text) => text !== '').join('  ')
}

function barOf(job: Job): string {
  const part = share(job)
  if (part === null) return ''
  const full = Math.round(part * BAR_WIDTH)
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
}

function barMeter(output: Output): Meter {
  const clear = '\r\u001b[2K'
  return {
    show(job) {
      const text = progressText(job, output.width < 60 ? '' : barOf(job))
      output.write(clear + shortenMiddle(text, output.width - 1))
    },
    end: () => output.write(clear),
  }
}

function lineMeter(output: Output): Meter {
  let last = ''
  return {
    show(job) {
      const step = `${job.stage} ${String(Math.floor((share(job) ?? 0) * LINE_STEPS))}`
      if (job.stage === '' || step === last) return
      last = step
      output.write(`${progressText(job, '')}\n`)
    },
    end: () => undefined,
  }
}

/** A bar on a terminal, plain lines in a pipe, nothing with `--json`. */
function createMeter(output: Output, json: boolean): Meter {
  if (json) return quiet
  return output.isTty ? barMeter(output) : lineMeter(output)
}

/** A paused job is not over: it may be resumed elsewhere. */
function isOver({ state }: Job): boolean {
  return state !== 'queued' && state !== 'running' && state !== 'paused'
}

function errorOf(job: Job): AppError {
  const { problem } = job
  if (job.state === 'cancelled' || !problem) {
    const code = job.state === 'cancelled' ? 'job.cancelled' : 'internal'
    return new AppError(
      code,
      problem?.detail ?? `The job ${shortId(job.id)} was ${words(job.state)}`,
    )
  }
  const code = isErrorCode(problem.code) ? problem.code : 'internal'
  const { detail, hint, issues, details } = problem
  return new AppError(code, detail, { hint, issues, details })
}

/** The options of following a job. */
export interface FollowOptions {
  readonly client: Client
  readonly terminal: Terminal
  readonly json: boolean
  readonly mode: 'service' | 'direct'
}

/** Handles Ctrl-C: work in this process is asked to stop; a service continues. */
async function interrupt(job: Job, { client, mode }: FollowOptions): Promise<void> {
  if (mode === 'direct') {
    await client.call('jobs.cancel', { params: { id: job.id } })
    return
  }
  const id = shortId(job.id)
  throw new AppError('job.cancelled', `No longer waiting; job ${id} continues in the service`, {
    hint: `To see it: synapse jobs show ${id}. To stop it: synapse jobs cancel ${id}.`,
  })
}

/** The meter of a job, and the signal to stop watching. */
interface Watch {
  readonly meter: Meter
  readonly signal: AbortSignal
}

async function pollToEnd(
  started: Job,
  options: FollowOptions,
  { meter, signal }: Watch,
): Promise<Job> {
  let job = started
  let wait: number = POLL_MS.first
  let cancelled = false
  while (!isOver(job)) {
    meter.show(job)
    if (signal.aborted && !cancelled) {
      cancelled = true
      await interrupt(job, options)
    }
    await sleep(wait, undefined, cancelled ? {} : { signal }).catch(() => undefined)
    wait = Math.min(wait * 1.5, POLL_MS.most)
    job = await options.client.call('jobs.show', { params: { id: job.id } })
  }
  return job
}

/**
 * Waits for a job's end and returns it with all rows of its result. The first Ctrl-C asks a job of
 * this process to stop; the second ends the process at once.
 * @throws AppError the job's own problem; job.cancelled
 */
export async function followJob(started: Job, options: FollowOptions): Promise<Job> {
  const { terminal } = options
  const stop = new AbortController()
  const release = terminal.onSignal(() => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })
  const meter = createMeter(terminal.err, options.json)
  try {
    const job = await pollToEnd(started, options, { meter, signal: stop.signal })
    if (job.state !== 'succeeded') throw errorOf(job)
    return await wholeJob(options.client, job)
  } finally {
    meter.end()
    release()
  }
}
