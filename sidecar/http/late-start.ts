/** Begins what looks at every model file, once whoever waits for the start has been answered. */
import type { Services } from '../app/services.ts'
import { toAppError } from '../app/to-problem.ts'

const FIRST_ANSWERS_MS = 500

/** What begins late. */
export interface LateStartOptions {
  readonly begin: () => Promise<AsyncDisposable>
  /** Hears why it could not begin; must not throw. */
  readonly failed: (error: unknown) => void
  /** How long it waits, in milliseconds; half a second by default. */
  readonly afterMs?: number
}

/** Waits, begins, and ends what it began when it is disposed of. */
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

/** Returns what notes that a service does not watch: it answers all the same, and status says so. */
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
