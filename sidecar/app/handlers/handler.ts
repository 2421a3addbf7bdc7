/** The handler of each endpoint, the same for HTTP, command and code. */
import type { Answer, EndpointId, HandlerInput } from '../../../schemas/endpoints.ts'

/** Who makes a request. */
export interface Caller {
  /** For the journal: `command`, `owner`, `panel <label>`, `startup`, ... */
  readonly actor: string
  readonly scope: 'owner' | 'panel'
  /** The session of a browser's token. */
  readonly session?: string
  /** `comfyui` for requests that came through ComfyUI's proxy. */
  readonly via: 'direct' | 'comfyui'
  /** The origin of the requesting page; null where the browser sends none. */
  readonly origin: string | null
  readonly userAgent: string
}

/** Implements one endpoint; the input is already checked, errors are thrown as AppError. */
export type Handler<K extends EndpointId> = (
  input: HandlerInput<K>,
  caller: Caller,
) => Promise<Answer<K>> | Answer<K>

/** A handler for every endpoint of the table. */
export type Handlers = { readonly [K in EndpointId]: Handler<K> }
