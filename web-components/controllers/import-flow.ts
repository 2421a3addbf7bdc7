/** An import from the form to its job: look first, then take exactly what was shown. */
import type { ReactiveController, ReactiveElement } from 'lit'
import type { AppError } from '../../schemas/errors.ts'
import { apiContext, type Api } from '../contexts/api.ts'
import { consume, type Consumed } from '../contexts/consume.ts'
import {
  previewImport,
  startImport,
  type ImportPreview,
  type ImportRequest,
} from '../data/imports.ts'
import type { Job } from '../data/jobs.ts'
import { problemOf } from './resource.ts'

/** Runs one request at a time; whatever the form says again drops what was found before. */
export class ImportFlow implements ReactiveController {
  /** What the import would take; undefined until it is known. */
  preview: ImportPreview | undefined
  /** Why it is not known, or could not begin. */
  problem: AppError | undefined
  /** What is under way. */
  busy: 'preview' | 'start' | null = null

  readonly #host: ReactiveElement
  readonly #api: Consumed<Api>
  /** What the preview was made for; the import sends exactly this. */
  #previewed: ImportRequest | undefined
  #abort: AbortController | undefined

  constructor(host: ReactiveElement) {
    this.#host = host
    this.#api = consume(host, apiContext)
    host.addController(this)
  }

  hostDisconnected(): void {
    if (this.busy === 'preview') this.reset()
  }

  /** Drops what was found: it no longer fits the form. */
  reset(): void {
    this.#abort?.abort()
    this.preview = undefined
    this.problem = undefined
    this.#becomeBusy(null)
  }

  /** Previews an import; nothing is changed. */
  async look(request: ImportRequest): Promise<void> {
    if (this.busy !== null) return
    const { signal } = (this.#abort = new AbortController())
    this.problem = undefined
    this.#becomeBusy('preview')
    try {
      this.preview = await previewImport(this.#api.value, request, signal)
      this.#previewed = request
    } catch (error) {
      if (signal.aborted) return
      this.preview = undefined
      this.problem = problemOf(error)
    }
    this.#becomeBusy(null)
  }

  /** Begins the import that was looked at; null where it could not begin. */
  async start(): Promise<Job | null> {
    if (!this.#previewed || this.busy !== null) return null
    let job: Job | null = null
    this.#becomeBusy('start')
    try {
      job = await startImport(this.#api.value, this.#previewed)
    } catch (error) {
      this.problem = problemOf(error)
    }
    this.#becomeBusy(null)
    return job
  }

  #becomeBusy(busy: ImportFlow['busy']): void {
    this.busy = busy
    this.#host.requestUpdate()
  }
}
