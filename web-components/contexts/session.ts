/** Who this browser is to the service. */
import { createContext } from '@lit/context'
import type { Held } from '../data/token-store.ts'

/** The current session; a new object after each change. */
export interface Session {
  /** The token of this browser; null where it must request one. */
  readonly held: Held | null
  /** Why there is no token, as a sentence; empty where nothing is to be said. */
  readonly problem: string
  readonly keep: (held: Held) => void
}

/** The session of this browser. */
export const sessionContext = createContext<Session>(Symbol('session'))
