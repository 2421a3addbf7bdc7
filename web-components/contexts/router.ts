/** Which page is open, and the way to another. */
import { createContext } from '@lit/context'
import type { Router } from '../shell/router.ts'

/** The router of the page or panel around an element. */
export const routerContext = createContext<Router>(Symbol('router'))
