/** Whether the service is reached. */
import { createContext } from '@lit/context'
import type { AppError } from '../../schemas/errors.ts'

/** Whether the stream of events stands. */
export type LinkState = 'closed' | 'connecting' | 'live' | 'offline'

/** The link as it is now; another object after each change. */
export interface Link {
  readonly state: LinkState
  /** Who answered instead of the service when the stream was last asked for; else null. */
  readonly foreign: AppError | null
  /** Tries to reach the service at once instead of after the pause. */
  readonly reconnect: () => void
}

/** The link to the service that an element's content comes from. */
export const linkContext = createContext<Link>(Symbol('link'))
