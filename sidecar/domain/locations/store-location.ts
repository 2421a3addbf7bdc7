/** The store as a location: the key of a copy is its digest. */
import { isSha256, type Sha256 } from '../../../schemas/ids.ts'
import { STORE_LOCATION } from '../../../schemas/locations.ts'
import { AppError } from '../../../schemas/errors.ts'
import { copyHashed } from '../../platform/copy-file.ts'
import { identityAt } from '../../platform/file-identity.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { readHead } from '../../platform/read-head.ts'
import { volumeSpace } from '../../platform/probe-volume.ts'
import { Turns } from '../../platform/turns.ts'
import type { Store } from '../../store/store.ts'
import { checkCancelled } from '../progress.ts'
import type { FileKey, ListedFile, Location } from './location.ts'

/** The dependencies of reading the store's copies. */
export interface StoreLocationContext {
  readonly store: Pick<Store, 'reader' | 'paths'>
  readonly pool: HashPool
}

function digestOf(key: FileKey): Sha256 {
  if (isSha256(key)) return key
  throw new AppError('input.invalid', 'A copy of the store is named by its SHA-256')
}

/** Returns the store's copies as a readable location. */
export function storeLocation({ store, pool }: StoreLocationContext): Location {
  const { reader, paths } = store
  const pathOf = (key: FileKey) => paths.blob(digestOf(key))

  async function* list(signal: AbortSignal): AsyncGenerator<ListedFile> {
    const turns = new Turns()
    for (const sha256 of reader.blobs()) {
      checkCancelled(signal)
      await turns.next()
      const identity = identityAt(paths.blob(sha256))
      if (identity !== null) yield { key: sha256, identity, sha256 }
    }
  }

  return {
    id: STORE_LOCATION,
    kind: 'store',
    isOnline: async () => reader.initialized && !reader.parts.blobsAreAway(),
    space: async () => volumeSpace(paths.blobs),
    list,
    stat: async (key) => (reader.hasBlob(digestOf(key)) ? identityAt(pathOf(key)) : null),
    head: async (key, bytes) => readHead(pathOf(key), bytes),
    hash: async (key, options) => pool.hash(pathOf(key), options),
    fetch: async (key, to, options) =>
      copyHashed(pool, { source: pathOf(key), temporary: to }, options),
  }
}
