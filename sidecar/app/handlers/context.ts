/** The shared context of all handlers. */
import type { Auth } from '../auth/auth.ts'
import type { Handlers } from './handler.ts'
import type { Services } from '../services.ts'

/** The dependencies of handlers. */
export interface HandlerContext {
  readonly services: Services
  readonly auth: Auth
  /** Folder of the ComfyUI extension. */
  readonly extensionFolder: string
}

/** The handlers whose names begin with one of the nouns. */
export type HandlersOf<Noun extends string> = {
  readonly [K in keyof Handlers as K extends `${Noun}.${string}` ? K : never]: Handlers[K]
}
