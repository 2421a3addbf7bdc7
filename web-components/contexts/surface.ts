/** Where the elements stand. */
import { createContext } from '@lit/context'

/** ComfyUI's sidebar, or a page of their own. */
export type Surface = 'panel' | 'page'

/** Where an element stands. */
export const surfaceContext = createContext<Surface>(Symbol('surface'))
