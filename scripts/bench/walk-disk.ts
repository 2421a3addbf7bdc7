/** What a program without an index has to do. */
import fs from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '../../schemas/json.ts'
import type { StorePaths } from '../../sidecar/store/store-paths.ts'

/** A model by its file and manifest. */
export interface Walked {
  readonly sha256: string
  readonly size: number
  readonly name: string
  readonly kind: string
}

/** Looks at every file and its manifest. */
export function walkBlobs(paths: StorePaths): Walked[] {
  return fs.readdirSync(paths.blobs).flatMap((shard) => {
    const folder = join(paths.blobs, shard)
    const names = fs.readdirSync(folder).filter((name) => !name.endsWith('.meta'))
    return names.map((sha256) => {
      const path = join(folder, sha256)
      const meta = parseJson(fs.readFileSync(`${path}.meta`, 'utf8')) as Record<string, string>
      const { original_filename: name = '', kind = '' } = meta
      return { sha256, size: fs.statSync(path).size, name, kind }
    })
  })
}

/** Returns a page of fifty loras, the biggest first. */
export function walkAndSort(paths: StorePaths): Walked[] {
  const loras = walkBlobs(paths).filter((one) => one.kind === 'lora')
  return loras.sort((a, b) => b.size - a.size).slice(0, 50)
}
