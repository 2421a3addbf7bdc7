/** Where the elements are shown. */
import { createContext } from '@lit/context'

/** ComfyUI's sidebar, or a page of their own. */
export type Surface = 'panel' | 'page'

/** Where an element is shown. */
export const surfaceContext = createContext<Surface>(Symbol('surface'))
