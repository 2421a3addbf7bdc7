/** The status of the volume that the store is on. */
import type { VolumeStatus } from '../../../schemas/store.ts'
import { volumeSpace } from '../../platform/probe-volume.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** Returns the abilities of the volume and its current free space. @throws disk.* */
export function volumeStatus({ linkStyles, paths }: StoreReader): VolumeStatus {
  const facts = linkStyles.facts()
  const style = linkStyles.usual()
  return {
    filesystem: facts.filesystem,
    symlinks: facts.symlinks,
    hard_links: facts.hard_links,
    reflinks: facts.reflinks,
    case_sensitive: facts.case_sensitive,
    network: facts.network,
    writable: facts.writable,
    untried: facts.untried,
    ...volumeSpace(paths.data),
    link_form: style.file ?? 'none',
    atomic_switch: style.folder !== 'none',
  }
}
