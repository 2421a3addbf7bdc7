/** Long work: what runs, how far it is, and how to stop it. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from '../contexts/api.ts'

/** A piece of jobs. */
export type Job = Answer<'jobs.show'>

const MAX_JOBS = 50

/** Returns the newest jobs. */
export async function loadJobs(api: Api, signal: AbortSignal): Promise<readonly Job[]> {
  return (await api.call('jobs.list', { query: { limit: MAX_JOBS } }, signal)).items
}

/** Asks a job to stop. */
export function cancelJob(api: Api, id: string): Promise<Job> {
  return api.call('jobs.cancel', { params: { id } })
}

/** Returns the list with the progress of a running job from an event. */
export function withEvent(jobs: readonly Job[], event: AppEvent): readonly Job[] {
  if (event.type !== 'job.updated' || !isOpen(event.job)) return jobs
  return jobs.map((job) => (job.id === event.job.id ? { ...job, ...event.job } : job))
}

/**
 * Reports whether an event reports a job that is new or has ended: its request and result are
 * fetched.
 */
export function affectsJobs(event: AppEvent): boolean {
  return event.type === 'job.updated' && event.job.state !== 'running'
}

/** Returns the list with `job` in its place, or in front where it is new. */
export function withJob(jobs: readonly Job[], job: Job): readonly Job[] {
  const known = jobs.some((other) => other.id === job.id)
  if (!known) return [job, ...jobs].slice(0, MAX_JOBS)
  return jobs.map((other) => (other.id === job.id ? job : other))
}

/** Reports whether the job still has something to do. */
export const isOpen = ({ state }: Pick<Job, 'state'>) =>
  state === 'running' || state === 'queued' || state === 'paused'

/** Returns how much is done, from 0 to 1; null where the total is unknown. */
export function shareDone(job: Job): number | null {
  if (job.total === null) return null
  return job.total === 0 ? 1 : Math.min(1, job.done / job.total)
}
