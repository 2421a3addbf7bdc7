/** Another process that works on the same store. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Action } from './actions.ts'

const PROGRAM = join(import.meta.dirname, 'partner-child.ts')

/** What the other process is asked to do, and before which call it kills itself. */
export interface Order {
  readonly folder: string
  readonly action: Action
  readonly killAt: number
}

/** What it says: the code of a refusal, or null; or a fault. */
export interface Answer {
  readonly code: string | null
  readonly fault?: string
}

/** Another process that works on the same store. */
export class Partner implements Disposable {
  #child: ChildProcess | null = null

  /**
   * The code of a refusal or null, as `outcomeOf` gives it; `killed` where it died before it
   * answered.
   */
  async run(folder: string, action: Action, killAt: number): Promise<string | null> {
    const child = (this.#child ??= fork(PROGRAM))
    const { promise, resolve, reject } = Promise.withResolvers<string | null>()
    const exit = () => {
      this.#child = null
      resolve('killed')
    }
    child.once('exit', exit)
    child.once('message', ({ code, fault }: Answer) => {
      child.off('exit', exit)
      if (fault === undefined) resolve(code)
      else reject(new Error(`The other process: ${fault}`))
    })
    child.send({ folder, action, killAt } satisfies Order)
    return promise
  }

  [Symbol.dispose](): void {
    this.#child?.kill()
    this.#child = null
  }
}
