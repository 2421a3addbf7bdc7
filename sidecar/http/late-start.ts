/** Starts work that touches every model file after the first requests are answered. */
import type { Services } from '../app/services.ts'
import { toAppError } from '../app/to-problem.ts'

const FIRST_ANSWERS_MS = 500

/** The work to start late. */
export interface LateStartOptions {
  readonly begin: () => Promise<AsyncDisposable>
  /** Called with the error if it could not start; must not throw. */
  readonly failed: (error: unknown) => void
  /** The delay in milliseconds; half a second by default. */
  readonly afterMs?: number
}

/** Starts work after a delay, and ends it when disposed of. */
export class LateStart implements AsyncDisposable {
  readonly #due: NodeJS.Timeout
  #begun: Promise<AsyncDisposable | null> = Promise.resolve(null)

  constructor({ begin, failed, afterMs = FIRST_ANSWERS_MS }: LateStartOptions) {
    this.#due = setTimeout(() => {
      this.#begun = begin().catch((error: unknown) => {
        failed(error)
        return null
      })
    }, afterMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#due)
    const begun = await this.#begun
    await begun?.[Symbol.asyncDispose]()
  }
}

/**
 * Returns the handler that records that the watcher could not start: the service answers all the
 * same, and status reports it.
 */
export function notWatching(
  { log, notices }: Pick<Services, 'log' | 'notices'>,
  print: (line: string) => void,
): (error: unknown) => void {
  return (error) => {
    const { message } = toAppError(error)
    const line = `What other programs change is not noticed until the next start: ${message}`
    log({ level: 'error', event: 'service.not_watching', error })
    notices.set('service.not_watching', line)
    print(line)
  }
}
