/** Controls of jobs: cancel, pause, resume. */
import { AppError } from '../../../schemas/errors.ts'
import type { Job } from '../../../schemas/jobs.ts'
import type { JobList } from './job-list.ts'
import { isOpen, type Entry } from './job-model.ts'
import type { JobOwners } from './job-owners.ts'
import type { JobPerformer } from './job-performer.ts'
import type { JobStates } from './job-states.ts'

/** The dependencies of job controls. */
export interface JobControlsParts {
  readonly jobs: JobList
  readonly owners: JobOwners
  readonly states: JobStates
  readonly performer: JobPerformer
}

/** Stops and resumes jobs of this process, and jobs whose process is gone. */
export class JobControls {
  readonly #jobs: JobList
  readonly #owners: JobOwners
  readonly #states: JobStates
  readonly #performer: JobPerformer

  constructor({ jobs, owners, states, performer }: JobControlsParts) {
    this.#jobs = jobs
    this.#owners = owners
    this.#states = states
    this.#performer = performer
  }

  /**
   * A job that has ended, is this process's, or has no process any more.
   * @throws job.not_found, job.elsewhere
   */
  async #find(id: string): Promise<Entry> {
    const entry = this.#jobs.find(id)
    const isLeft = (await this.#owners.refresh()).includes(entry)
    if (entry.plan !== null || isLeft || !isOpen(entry.job)) return entry
    throw new AppError('job.elsewhere', 'Another process does this job', {
      hint: 'Stop it where it was started: press Ctrl-C in its terminal.',
    })
  }

  /**
   * Cancels a job: a queued one at once, a running one as soon as it stops. An ended one is
   * unchanged.
   * @throws job.not_found, job.elsewhere where another process runs it
   */
  async cancel(id: string): Promise<Job> {
    const entry = await this.#find(id)
    if (!isOpen(entry.job)) return entry.job
    const isRunning = entry.job.state === 'running'
    this.#performer.stop(entry, 'cancel')
    if (!isRunning) {
      const reason = new AppError('job.cancelled', 'Stopped on request')
      await this.#states.end(entry, { state: 'cancelled', error: reason })
    }
    return entry.job
  }

  /**
   * Pauses a job until it is resumed: a queued one at once, a running one as soon as it stops; it
   * keeps its progress. An ended one is unchanged.
   * @throws job.not_found, job.elsewhere, job.not_pausable
   */
  async pause(id: string): Promise<Job> {
    const entry = await this.#find(id)
    const { state } = entry.job
    if (state !== 'queued' && state !== 'running') return entry.job
    if (entry.plan?.pausable === false) {
      throw new AppError('job.not_pausable', `A ${entry.job.kind} job cannot be paused`, {
        hint: 'Cancel it instead.',
      })
    }
    this.#performer.stop(entry, 'pause')
    if (state === 'queued') await this.#performer.pause(entry)
    return entry.job
  }

  /**
   * Resumes a paused job; one whose process is gone continues with the next start of the service.
   * Other jobs are unchanged.
   * @throws job.not_found, job.elsewhere
   */
  async resume(id: string): Promise<Job> {
    const entry = await this.#find(id)
    // It has not stopped for the pause yet: it is queued again afterwards.
    if (entry.job.state === 'running' && entry.stopping === 'pause') entry.stopping = 'yield'
    if (entry.job.state !== 'paused') return entry.job
    if (entry.plan === null) {
      await this.#states.change(entry, { state: 'queued', stage: 'interrupted' })
    } else await this.#performer.requeue(entry, entry.plan)
    return entry.job
  }
}
