/** A job runner with a folder of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppEvent, Job, JobFacts } from '../../schemas/jobs.ts'
import { openJobRunner, type JobPlan, type JobRunner } from '../../sidecar/app/jobs/job-runner.ts'
import type { LogEntry } from '../../sidecar/app/log/log.ts'
import { checkCancelled, type Work } from '../../sidecar/domain/progress.ts'
import { temporaryFolder } from './http-app.ts'

/** A runner over a folder of its own, and what it tells. */
export interface World {
  readonly folder: string
  readonly runner: JobRunner
  readonly published: JobFacts[]
  readonly saved: string[]
  readonly logged: LogEntry[]
  /** The runner of the next process. */
  again(): JobRunner
  onDisk(): Job[]
}

/** Makes a world; the folder of the jobs is for the runner to make. */
export function jobWorld(t: TestContext): World {
  const folder = join(temporaryFolder(t), 'jobs')
  const published: JobFacts[] = []
  const saved: string[] = []
  const logged: LogEntry[] = []
  const again = () =>
    openJobRunner({
      folder,
      clock: { now: () => Date.now() },
      publish: (event: AppEvent) => {
        if (event.type === 'job.updated') published.push(event.job)
      },
      save: ({ state }) => saved.push(state),
      log: (entry) => logged.push(entry),
    })
  const onDisk = () =>
    recordsIn(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Job)
  return { folder, runner: again(), published, saved, logged, again, onDisk }
}

/** The names of the records in a folder. */
const recordsIn = (folder: string) =>
  readdirSync(folder).filter((name) => name.endsWith('.json'))

/** The work of a job. */
export type Run = (work: Work) => Promise<Record<string, unknown>>

/** A plan with this work. */
export const plan = (run: Run, more: Partial<JobPlan> = {}): JobPlan => ({
  kind: 'store.verify',
  request: { all: true },
  actor: 'command',
  lane: 'disk',
  run,
  ...more,
})

/** Work that goes on until it is told to stop. */
export const endless: Run = async ({ signal }) => {
  for (;;) {
    await sleep(2)
    checkCancelled(signal)
  }
}

/** Work that ends when the test says so. */
export function gate(): {
  run: Run
  open: () => void
  begun: Promise<undefined>
  readonly started: number
} {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const begun = Promise.withResolvers<undefined>()
  const state = {
    started: 0,
    open: () => {
      resolve(undefined)
    },
    begun: begun.promise,
    run: async () => {
      state.started += 1
      begun.resolve(undefined)
      await promise
      return {}
    },
  }
  return state
}
