/** Whether a file that another program put into a view is the whole of a model. */
import { isCutShort, looksWhole } from './model-formats.ts'

/**
 * Reports whether a file must stay where it is, since it is not the whole of a model: one that took
 * the place of a link has to look like a model; any other may only not end too early.
 * @throws what opening or reading the file throws
 */
export async function isIncomplete(path: string, replacesLink: boolean): Promise<boolean> {
  return replacesLink ? !(await looksWhole(path)) : isCutShort(path)
}
