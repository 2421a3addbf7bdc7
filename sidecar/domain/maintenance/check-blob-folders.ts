/** Doctor's check of the names and manifests among the blobs. */
import fs from 'node:fs'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { Finding } from '../../../schemas/store.ts'
import type { Examination } from './examination.ts'
import { finding } from './finding.ts'

/** Lists strange names among the blobs, and manifests that cannot be read. */
export function checkBlobFolders({ reader }: Examination): Finding[] {
  return reader.blobShards().flatMap((shard) => {
    const folder = `${reader.paths.blobs}/${shard}`
    const good = new Set<string>(reader.blobNames(shard))
    return fs.readdirSync(folder).flatMap((name) => {
      const blob = name.replace(/\.meta$/u, '')
      const path = `data/blobs/sha256/${shard}/${name}`
      if (name.endsWith('.meta') && reader.meta(blob as Sha256) === null) {
        return [finding('manifests', 'warning', { message: 'The manifest cannot be read', path })]
      }
      if (good.has(name) || name.endsWith('.meta') || name.endsWith('.part')) return []
      return [finding('blobs', 'note', { message: 'This is not a model file of the store', path })]
    })
  })
}
