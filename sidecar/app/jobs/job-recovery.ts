/** Resumes jobs of processes that are gone. */
import { AppError } from '../../../schemas/errors.ts'
import type { Entry, JobRun, Resumable } from './job-model.ts'
import type { JobOwners } from './job-owners.ts'
import type { JobPerformer } from './job-performer.ts'
import type { JobStates } from './job-states.ts'

/** Takes jobs over. */
export class JobRecovery {
  readonly #owners: JobOwners
  readonly #states: JobStates
  readonly #performer: JobPerformer

  constructor(owners: JobOwners, states: JobStates, performer: JobPerformer) {
    this.#owners = owners
    this.#states = states
    this.#performer = performer
  }

  /**
   * Settles jobs that an earlier process left open: resumed if `resumable` has their kind, else
   * failed with `job.interrupted`; paused ones stay paused. Jobs of a process that still runs are
   * left to it.
   */
  async recover(resumable: Resumable): Promise<void> {
    const free = await this.#owners.abandoned()
    await Promise.all(free.map((entry) => this.#recoverOne(entry, resumable)))
  }

  async #recoverOne(entry: Entry, resumable: Resumable): Promise<void> {
    const { kind, request, actor } = entry.job
    const rebuild = Object.hasOwn(resumable, kind) ? resumable[kind] : undefined
    let plan: JobRun
    try {
      if (!rebuild) throw new AppError('job.interrupted', 'The service stopped before it was done')
      plan = rebuild(request, actor)
    } catch (error) {
      await this.#states.end(entry, { state: 'failed', error })
      return
    }
    await this.takeOver(entry, plan)
  }

  /** Resumes a job of a process that is gone; a paused one stays paused. */
  async takeOver(entry: Entry, plan: JobRun): Promise<void> {
    entry.plan = plan
    await this.#owners.claim()
    const owner = this.#owners.own
    if (entry.job.state === 'paused') await this.#states.change(entry, { owner })
    else await this.#performer.requeue(entry, plan, { owner, started_at: null })
  }

  /** Takes over jobs that were also requested here and whose process is gone. */
  async takeOverAsked(): Promise<void> {
    for (const entry of await this.#owners.refresh()) {
      const { plan, fallback } = entry
      if (plan === null && fallback !== null) await this.takeOver(entry, fallback)
    }
  }
}
