/** The newest jobs, kept up to date, for all elements below the host. */
import { ContextProvider } from '@lit/context'
import type { LitElement, ReactiveController } from 'lit'
import { apiContext, type Api } from '../contexts/api.ts'
import { consume, type Consumed } from '../contexts/consume.ts'
import { jobsContext } from '../contexts/jobs.ts'
import { affectsJobs, cancelJob, loadJobs, withEvent, withJob, type Job } from '../data/jobs.ts'
import type { CancelJobEvent, JobStartedEvent } from '../data/job-events.ts'
import { problemToast } from '../ui/toast-events.ts'
import { Resource, problemOf } from './resource.ts'

/** Provides the jobs, and answers the events of elements below that start or cancel one. */
export class JobList implements ReactiveController {
  readonly #host: LitElement
  readonly #api: Consumed<Api>
  readonly #jobs: Resource<readonly Job[]>
  readonly #provider: ContextProvider<typeof jobsContext>

  constructor(host: LitElement) {
    this.#host = host
    this.#api = consume(host, apiContext)
    this.#jobs = new Resource<readonly Job[]>(host, {
      load: loadJobs,
      apply: withEvent,
      affects: affectsJobs,
    })
    this.#provider = new ContextProvider(host, { context: jobsContext, initialValue: [] })
    host.addController(this)
    host.addEventListener('synapse-cancel-job', (event: CancelJobEvent) => {
      event.stopPropagation()
      void this.#cancel(event.job)
    })
    host.addEventListener('synapse-job-started', (event: JobStartedEvent) => {
      event.stopPropagation()
      this.#take(event.job)
    })
  }

  get jobs(): readonly Job[] {
    return this.#jobs.value ?? []
  }

  hostUpdate(): void {
    this.#provider.setValue(this.jobs)
  }

  /** Fetches the jobs again. */
  refresh(): void {
    void this.#jobs.refresh()
  }

  #take(job: Job): void {
    this.#jobs.value = withJob(this.jobs, job)
    this.#host.requestUpdate()
  }

  async #cancel(id: string): Promise<void> {
    try {
      this.#take(await cancelJob(this.#api.value, id))
    } catch (error) {
      this.#host.dispatchEvent(problemToast(problemOf(error)))
    }
  }
}
