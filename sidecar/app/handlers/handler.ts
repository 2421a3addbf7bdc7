/** What stands behind each endpoint: one function each, the same for HTTP, command and code. */
import type { Answer, EndpointId, HandlerInput } from '../../../schemas/endpoints.ts'

/** Who asks. */
export interface Caller {
  /** For the journal: `command`, `owner`, `panel <label>`, `startup`, ... */
  readonly actor: string
  readonly scope: 'owner' | 'panel'
  /** The session whose token was sent, where it is a browser's. */
  readonly session?: string
  /** `comfyui` for requests that came through ComfyUI's proxy. */
  readonly via: 'direct' | 'comfyui'
  /** The page that asks, as the browser names it; null where none does. */
  readonly origin: string | null
  readonly userAgent: string
}

/** Does what one endpoint says; the input is checked already, errors are thrown as AppError. */
export type Handler<K extends EndpointId> = (
  input: HandlerInput<K>,
  caller: Caller,
) => Promise<Answer<K>> | Answer<K>

/** A handler for every endpoint of the table. */
export type Handlers = { readonly [K in EndpointId]: Handler<K> }
