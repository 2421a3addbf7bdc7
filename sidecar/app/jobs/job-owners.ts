/** Which process runs which job, and which jobs are abandoned. */
import type { Log } from '../log/log.ts'
import type { JobList } from './job-list.ts'
import { isOpen, type Entry } from './job-model.ts'
import { ownerLives, type JobOwnerLock } from './job-owner-lock.ts'

/**
 * Reports whether a job still belongs to another process; it may have been taken over meanwhile.
 */
const isOthers = ({ job, plan }: Entry): boolean => plan === null && isOpen(job)

/** The owners of the jobs of a store, this process among them. */
export class JobOwners {
  readonly #jobs: JobList
  readonly #owner: JobOwnerLock
  readonly #log: Log
  #claiming: Promise<void> = Promise.resolve()

  constructor(jobs: JobList, owner: JobOwnerLock, log: Log) {
    this.#jobs = jobs
    this.#owner = owner
    this.#log = log
  }

  /** The id of this process as an owner of jobs. */
  get own(): string {
    return this.#owner.id
  }

  /** Abandoned jobs; lock files of dead processes are removed. */
  async abandoned(): Promise<Entry[]> {
    const others = this.#jobs.all().filter(isOthers)
    const named = others.map(({ job }) => job.owner)
    const owners = new Set([...this.#jobs.records.owners(), ...named])
    const alive = new Set<string | undefined>()
    for (const owner of owners) if (await this.#lives(owner)) alive.add(owner)
    return others.filter(({ job }) => !alive.has(job.owner))
  }

  /** Reports whether the process that owns a job still runs. */
  async #lives(owner: string | undefined): Promise<boolean> {
    if (owner === undefined) return false
    if (owner === this.#owner.id) return true
    try {
      return await ownerLives(this.#jobs.records.folder, owner)
    } catch (error) {
      this.#log({ level: 'warning', event: 'job.owner_unknown', owner, error })
      return false
    }
  }

  /**
   * Marks beside the records that this process lives; if the disk refuses it, only the mark is
   * lost. Requests are answered in order.
   */
  claim(): Promise<void> {
    return (this.#claiming = this.#claiming.then(() => this.#claimOnce()))
  }

  async #claimOnce(): Promise<void> {
    try {
      await this.#jobs.records.makeFolder()
      await this.#owner.claim()
    } catch (error) {
      this.#log({ level: 'warning', event: 'job.owner_unclaimed', error })
    }
  }

  /** Waits for the records, and removes the mark of this process. */
  async leave(): Promise<void> {
    await this.#jobs.records.settled()
    try {
      await this.#owner.leave()
    } catch (error) {
      this.#log({ level: 'warning', event: 'job.owner_stays', error })
    }
  }

  /**
   * Refreshes jobs of other processes: their records, and whether their processes still run.
   * @returns the abandoned ones: they wait until a process takes them over
   */
  async refresh(): Promise<Entry[]> {
    const left: Entry[] = []
    for (const entry of this.#jobs.all()) if (await this.#isLeft(entry)) left.push(entry)
    return left
  }

  async #isLeft(entry: Entry): Promise<boolean> {
    if (!isOthers(entry)) return false
    entry.job = this.#jobs.records.read(entry.job.id) ?? entry.job
    if (!isOpen(entry.job)) entry.ended.resolve(entry.job)
    else if (!(await this.#lives(entry.job.owner)) && isOthers(entry)) {
      if (entry.job.state !== 'paused') {
        entry.job = { ...entry.job, state: 'queued', stage: 'interrupted' }
      }
      return true
    }
    return false
  }
}
