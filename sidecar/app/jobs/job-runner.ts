/** Long work: started, watched, paused, cancelled, remembered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../schemas/errors.ts'
import type { AppEvent, Job, JobItems } from '../../../schemas/jobs.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { noLog, type Log } from '../log/log.ts'
import type { FindDevices } from '../../platform/find-devices.ts'
import { IdleSwitch } from './idle-switch.ts'
import { JobControls } from './job-controls.ts'
import { itemsOf, wholeJob, type ItemQuery } from './job-items.ts'
import { isMoreUrgent } from './job-lanes.ts'
import { JobList, type JobCounts, type JobPage, type JobQuery } from './job-list.ts'
import { isOpen, shownOf, type Entry, type JobPlan, type Resumable } from './job-model.ts'
import { JobOwnerLock } from './job-owner-lock.ts'
import { JobOwners } from './job-owners.ts'
import { JobPerformer } from './job-performer.ts'
import { JobRecovery } from './job-recovery.ts'
import { JobRecords } from './job-records.ts'
import { jobKey, JobStates } from './job-states.ts'

const PATIENCE_MS = 10_000

interface JobRunnerOptions {
  /** `data/jobs`; made when the first job is written. */
  readonly folder: string
  /** Throws if the store's data is offline, so that no record is created in its place. */
  readonly requireStore?: () => void
  readonly clock: Clock
  readonly publish: (event: AppEvent) => void
  /** Finds the devices behind paths; by default all paths are on one of unknown kind. */
  readonly devicesBehind?: FindDevices
  readonly log?: Log
}

const oneDevice: FindDevices = async () => [{ id: 'device:unknown', kind: 'unknown' }]

/** Runs jobs as their lanes have room; remembers the last two hundred. */
export class JobRunner implements AsyncDisposable {
  readonly #jobs: JobList
  readonly #owners: JobOwners
  readonly #states: JobStates
  readonly #performer: JobPerformer
  readonly #controls: JobControls
  readonly #recovery: JobRecovery
  readonly #idle: IdleSwitch
  #closing = false

  constructor(options: JobRunnerOptions) {
    const { folder, requireStore, clock, publish, devicesBehind = oneDevice } = options
    const log = options.log ?? noLog
    const records = new JobRecords({ folder, log, ...(requireStore ? { requireStore } : {}) })
    this.#jobs = new JobList(records)
    this.#owners = new JobOwners(this.#jobs, new JobOwnerLock(folder, uuidv7(clock.now())), log)
    this.#states = new JobStates(this.#jobs, clock, publish)
    this.#idle = new IdleSwitch(records)
    const [states, idle] = [this.#states, this.#idle]
    this.#performer = new JobPerformer({ records, states, idle, devicesBehind, log })
    this.#recovery = new JobRecovery(this.#owners, states, this.#performer)
    const [jobs, owners, performer] = [this.#jobs, this.#owners, this.#performer]
    this.#controls = new JobControls({ jobs, owners, states, performer })
  }

  /** See {@link JobRecovery.recover}. Call once, when the service can do work. */
  recover(resumable: Resumable): Promise<void> {
    return this.#recovery.recover(resumable)
  }

  /**
   * Starts a job, or returns the one of the same kind and request that has not ended; if its
   * process is or will be gone, it continues here. The job is on disk when this returns; if the
   * disk refused it, `recorded` is false.
   * @throws service.not_running while the service stops; what the plan's check throws
   */
  async start(plan: JobPlan): Promise<Job> {
    if (this.#closing) throw new AppError('service.not_running', 'The service is stopping')
    const key = jobKey(plan.kind, plan.request)
    if (!this.#jobs.open(key)) await plan.check?.()
    const same = this.#jobs.open(key)
    if (same) return this.#join(same, plan)
    const entry = this.#jobs.enter(this.#states.newJob(plan, this.#owners.own), plan)
    await this.#owners.claim()
    await this.#states.change(entry, {})
    this.#performer.enqueue(entry, plan)
    return entry.job
  }

  /**
   * Returns an existing job, raised to the higher of both priorities; resumes it if its process is
   * gone, or if it is paused and the user waits for it now.
   */
  async #join(entry: Entry, asked: JobPlan): Promise<Job> {
    if (entry.plan === null) {
      entry.fallback = asked
      await this.refresh()
      return entry.job
    }
    const { priority = 'normal' } = asked
    const isRaised = isMoreUrgent(priority, entry.job.priority)
    if (isRaised) entry.job = { ...entry.job, priority }
    const isWanted = entry.job.state === 'paused' && priority === 'interactive'
    if (isWanted || (isRaised && entry.job.state === 'queued')) {
      await this.#performer.requeue(entry, entry.plan)
    }
    return entry.job
  }

  /** The current state of a job. @throws job.not_found */
  get(id: string): Job {
    return shownOf(this.#jobs.find(id))
  }

  /** Jobs, newest first. */
  list(query: JobQuery): JobPage {
    return this.#jobs.list(query)
  }

  /** See {@link itemsOf}. @throws job.not_found, input.invalid */
  async items(id: string, query: ItemQuery): Promise<JobItems> {
    return itemsOf(this.#jobs.records, this.#jobs.find(id), query)
  }

  /** See {@link JobList.counts}. */
  counts(): JobCounts {
    return this.#jobs.counts()
  }

  /** Refreshes jobs of other processes: see {@link JobOwners.refresh} and {@link start}. */
  refresh(): Promise<void> {
    return this.#recovery.takeOverAsked()
  }

  /** See {@link JobControls.cancel}. */
  cancel(id: string): Promise<Job> {
    return this.#controls.cancel(id)
  }

  /** See {@link JobControls.pause}. */
  pause(id: string): Promise<Job> {
    return this.#controls.pause(id)
  }

  /** See {@link JobControls.resume}. */
  resume(id: string): Promise<Job> {
    return this.#controls.resume(id)
  }

  /** True while idle work is paused. */
  get idlePaused(): boolean {
    return this.#idle.isPaused()
  }

  /** Pauses or resumes idle work; a restart does not change that. */
  async setIdlePaused(paused: boolean): Promise<void> {
    await this.#idle.set(paused)
    this.#performer.followIdleSwitch()
  }

  /** See {@link wholeJob}. @throws job.not_found, disk.* */
  async wait(id: string): Promise<Job> {
    return wholeJob(this.#jobs.records, this.#jobs.find(id))
  }

  /** Accepts no more jobs, stops the running ones and waits for them, ten seconds at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    this.#performer.close()
    for (const entry of this.#jobs.known().filter(({ job }) => isOpen(job))) {
      const { state } = entry.job
      this.#performer.stop(entry, 'leave')
      if (state !== 'running') this.#performer.leave(entry)
    }
    await Promise.race([this.#settled(), sleep(PATIENCE_MS, undefined, { ref: false })])
  }

  async #settled(): Promise<void> {
    await this.#performer.settled()
    await this.#owners.leave()
  }
}

/**
 * Opens the jobs of a store: reads their records; {@link JobRunner.recover} settles interrupted
 * ones.
 */
export function openJobRunner(options: JobRunnerOptions): JobRunner {
  return new JobRunner(options)
}
