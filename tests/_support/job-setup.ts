/** A job runner with a folder of its own. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppEvent, Job, JobFacts } from '../../schemas/jobs.ts'
import type { FindDevices } from '../../sidecar/platform/find-devices.ts'
import type { JobPlan } from '../../sidecar/app/jobs/job-model.ts'
import { openJobRunner, type JobRunner } from '../../sidecar/app/jobs/job-runner.ts'
import type { LogEntry } from '../../sidecar/app/log/log.ts'
import { checkCancelled, type Work } from '../../sidecar/domain/progress.ts'
import { temporaryFolder } from './http-app.ts'

/** A runner over a folder of its own, and what it publishes. */
export interface Setup {
  readonly folder: string
  readonly runner: JobRunner
  readonly published: JobFacts[]
  readonly logged: LogEntry[]
  /** The runner of the next process. */
  again(): JobRunner
  onDisk(): Job[]
  /** The names of all files in the folder, sorted. */
  files(): string[]
  /** Changes the rows that a job keeps. */
  editKept(id: string, edit: (text: string) => string): void
}

/** A path on a disk: its name says of which kind it is, `/spinning-a/models`, `/nas.network/x`. */
const devicesBehind: FindDevices = async (path) => {
  const [, top = ''] = path.split('/')
  const kinds = ['spinning', 'solid', 'network'] as const
  return [{ id: `device:${top}`, kind: kinds.find((kind) => top.includes(kind)) ?? 'unknown' }]
}

/** Makes a runner with its folder; the folder of the jobs is for the runner to make. */
export function jobSetup(t: TestContext): Setup {
  const folder = join(temporaryFolder(t), 'jobs')
  const published: JobFacts[] = []
  const logged: LogEntry[] = []
  const again = () =>
    openJobRunner({
      folder,
      clock: { now: () => Date.now() },
      publish: (event: AppEvent) => {
        if (event.type === 'job.updated') published.push(event.job)
      },
      devicesBehind,
      log: (entry) => logged.push(entry),
    })
  const onDisk = () =>
    recordsIn(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Job)
  const files = () => readdirSync(folder).sort()
  const editKept = (id: string, edit: (text: string) => string) => {
    const path = join(folder, `${id}.kept.jsonl`)
    writeFileSync(path, edit(readFileSync(path, 'utf8')))
  }
  return { folder, runner: again(), published, logged, again, onDisk, files, editKept }
}

/** The names of the records in a folder. */
const recordsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.json'))

/** The work of a job. */
export type Run = (work: Work) => Promise<Record<string, unknown>>

/** Returns a plan with this work. */
export const plan = (run: Run, more: Partial<JobPlan> = {}): JobPlan => ({
  kind: 'store.verify',
  request: { all: true },
  actor: 'command',
  needs: { paths: ['/disk/models'] },
  run,
  ...more,
})

/** Returns work that runs until it is stopped. */
export const endless: Run = async ({ signal }) => {
  for (;;) {
    await sleep(2)
    checkCancelled(signal)
  }
}

/** Returns work that ends when the test says so. */
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
