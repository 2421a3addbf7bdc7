/** Stages files of an export for a pack. */
import { join } from 'node:path'
import { replaceFile, removeName } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import type { Step } from '../../store/steps.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { PackedFile } from './read-export.ts'

/**
 * Writes files of an export into `data/tmp`, under names that `clean` recognizes; all or none.
 * @returns the steps that move them into the folder of a pack
 * @throws disk.*
 */
export async function stageFiles(
  tx: StoreTx,
  folder: string,
  files: readonly PackedFile[],
): Promise<Extract<Step, { do: 'move' }>[]> {
  const id = tx.newId()
  await ensureFolder(tx.paths.temporary)
  const steps = files.map((file, index) => ({
    do: 'move' as const,
    from: tx.paths.relative(join(tx.paths.temporary, `${id}-${index}.part`)),
    to: tx.paths.relative(join(folder, file.path)),
  }))
  try {
    for (const [index, step] of steps.entries()) {
      await replaceFile(tx.paths.at(step.from), files[index]?.bytes ?? '')
    }
  } catch (error) {
    await unstage(tx, steps)
    throw error
  }
  return steps
}

async function unstage(
  tx: StoreTx,
  steps: readonly Extract<Step, { do: 'move' }>[],
): Promise<void> {
  try {
    for (const step of steps) await removeName(tx.paths.at(step.from), false)
  } catch {
    // `clean` finds what is left.
  }
}
