/** Whether the service is reached. */
import { createContext } from '@lit/context'
import type { AppError } from '../../schemas/errors.ts'

/** The state of the stream of events. */
export type LinkState = 'closed' | 'connecting' | 'live' | 'offline'

/** The current link; a new object after each change. */
export interface Link {
  readonly state: LinkState
  /** The error if another server answered the last request for the stream; else null. */
  readonly foreign: AppError | null
  /** Tries to reach the service at once instead of after the pause. */
  readonly reconnect: () => void
}

/** The link to the service that an element's content comes from. */
export const linkContext = createContext<Link>(Symbol('link'))
