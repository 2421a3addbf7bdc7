/** Whether a file that another program put into a view is a complete model. */
import { isCutShort, looksWhole } from './model-formats.ts'

/**
 * Reports whether a file must stay where it is, since it is not a complete model: a file that
 * replaced a link has to look like a model; any other must only not be truncated.
 * @throws what opening or reading the file throws
 */
export async function isIncomplete(path: string, replacesLink: boolean): Promise<boolean> {
  return replacesLink ? !(await looksWhole(path)) : isCutShort(path)
}
