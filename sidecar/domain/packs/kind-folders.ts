/** The folders in which interfaces look for kinds of models, as far as packs need them. */
import type { StoreReader } from '../../store/store-reader.ts'
import { defaultUis } from '../profiles/choose-uis.ts'
import { layoutOf } from '../views/ui-layout.ts'

/**
 * Returns a function that gives the folder of a kind in the first interface of the default set; two
 * kinds may share one.
 */
export function folderOfKind(reader: StoreReader): (kind: string) => string | undefined {
  const [ui] = defaultUis(reader)
  if (ui === undefined) return () => undefined
  const { folders } = layoutOf(reader.config(), ui)
  return (kind) => folders.get(kind)
}
