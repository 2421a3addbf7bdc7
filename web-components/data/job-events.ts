/** Events of elements about jobs. */
import { BubblingEvent } from '../bubbling-event.ts'
import type { Job } from './jobs.ts'

/** The user wants a job to stop. */
export class CancelJobEvent extends BubblingEvent {
  readonly job: string

  constructor(job: string) {
    super('synapse-cancel-job')
    this.job = job
  }
}

/** A job has begun on behalf of this page. */
export class JobStartedEvent extends BubblingEvent {
  readonly job: Job

  constructor(job: Job) {
    super('synapse-job-started')
    this.job = job
  }
}

declare global {
  interface HTMLElementEventMap {
    'synapse-cancel-job': CancelJobEvent
    'synapse-job-started': JobStartedEvent
  }
}
