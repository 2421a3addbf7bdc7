/** A part of the store that is away for a while: its disk is unplugged, its mount point is empty. */
import fs from 'node:fs'
import { join } from 'node:path'
import { walk } from '../seen.ts'
import type { Sandbox } from '../sandbox.ts'

/** Parts of a store that may be on disks of their own. */
export const PARTS = ['state', 'data', 'data/blobs'] as const
/** One of them. */
export type Part = (typeof PARTS)[number]

/**
 * Runs `action` while a part is away.
 * @returns what was made in the empty mount point meanwhile: it would be hidden once the disk is back
 */
export async function whileAway(
  sandbox: Sandbox,
  part: Part,
  action: () => Promise<unknown>,
): Promise<string[]> {
  const [place, away] = [join(sandbox.root, part), join(sandbox.folder, 'unplugged')]
  fs.renameSync(place, away)
  fs.mkdirSync(place)
  try {
    await action()
    return walk(place)
      .filter(({ kind }) => kind !== 'folder')
      .map(({ absolute }) => `absent: ${absolute} was made while ${part} was away`)
  } finally {
    fs.rmSync(place, { recursive: true })
    fs.renameSync(away, place)
  }
}
