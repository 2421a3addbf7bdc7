/** The packs of files found in interfaces. */
import type { PackName } from '../../../schemas/ids.ts'

/** Returns the pack of the models that were found in the views of an interface. */
export function foundPack(ui: string): PackName {
  return `Found in ${ui}` as PackName
}
