/** Requests to the service. */
import { createContext } from '@lit/context'
import type { Client } from '../../schemas/client.ts'

/** Asks endpoints; the answers are the schemas' types. */
export type Api = Pick<Client, 'call'>

/** Who sends the requests of an element. */
export const apiContext = createContext<Api>(Symbol('api'))
