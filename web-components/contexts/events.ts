/** Events of the service. */
import { createContext } from '@lit/context'
import type { AppEvent } from '../../schemas/jobs.ts'

/** The stream of events, however it is read. */
export interface ServiceEvents {
  /** Calls `listener` at each event; the answer ends it. */
  onEvent(listener: (event: AppEvent) => void): () => void
}

/** Whom an element listens to. */
export const eventsContext = createContext<ServiceEvents>(Symbol('events'))
