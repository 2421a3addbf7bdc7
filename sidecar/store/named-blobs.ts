/**
 * Whether the models that packs name are in place: distinguishes a store from an empty mount point.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Sha256 } from '../../schemas/ids.ts'
import type { StorePaths } from './store-paths.ts'

const DIGEST = /"sha256"\s*:\s*"(?<digest>[0-9a-fA-F]{64})"/gu

function locksIn(packs: string): string[] {
  if (!fs.existsSync(packs)) return []
  return fs.readdirSync(packs).map((name) => join(packs, name, 'lock.json'))
}

function textOrEmpty(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Digests in the lock files, including damaged ones. */
function* digestsIn(packs: string): Generator<Sha256> {
  for (const lock of locksIn(packs)) {
    for (const match of textOrEmpty(lock).matchAll(DIGEST)) {
      yield (match.groups?.['digest'] ?? '').toLowerCase() as Sha256
    }
  }
}

/**
 * Looks for the blobs that pack locks name until one is found: `present` where one exists, `absent`
 * where none does, `none` where no lock names any.
 */
export function namedBlobs(paths: StorePaths): 'present' | 'absent' | 'none' {
  let named = false
  for (const digest of digestsIn(paths.packs)) {
    if (fs.existsSync(paths.blob(digest))) return 'present'
    named = true
  }
  return named ? 'absent' : 'none'
}
