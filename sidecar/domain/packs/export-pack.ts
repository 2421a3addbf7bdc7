/** Exports a pack as one document, without the bytes of its models. */
import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { RelativePath, type PackName } from '../../../schemas/ids.ts'
import type { PackExport } from '../../../schemas/pack-export.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { Clock } from '../../platform/clock.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import type { StoreContext } from '../context.ts'

const LARGEST_FILE = 32 * 1024 * 1024

/** The largest export that a request can carry back. */
const LARGEST_EXPORT = 64 * 1024 * 1024
const MAX_FILES = 10_000
/** Names of the documents of a pack. */
export const DOCUMENTS = ['pack.json', 'lock.json'] as const
/** Folders of a pack that are exported with it. */
export const FOLDERS = ['resources', 'workflows'] as const

/** A file in an export. */
export type ExportFile = PackExport['files'][number]

function tooLarge(what: string): AppError {
  return new AppError('input.too_large', what, {
    hint: 'Move large previews out of the pack folder, or copy that folder itself.',
  })
}

/** Regular files below a folder of a pack, relative to the pack; links are not followed. */
function filesBelow(pack: string, folder: string): string[] {
  const path = join(pack, folder)
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return fs.readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(pack, file)
    return entry.isFile() && !isTemporaryName(entry.name) ? [file] : []
  })
}

function filesOfPack(folder: string): string[] {
  const documents = DOCUMENTS.filter((name) => fs.existsSync(join(folder, name)))
  return [...documents, ...FOLDERS.flatMap((name) => filesBelow(folder, name))].sort()
}

function exportedFile(folder: string, file: string): ExportFile {
  const path = v.safeParse(RelativePath, file)
  if (!path.success) {
    throw new AppError('input.invalid', `${file} has a name that an export cannot contain`)
  }
  const size = fs.statSync(join(folder, file)).size
  if (size > LARGEST_FILE) throw tooLarge(`${file} has ${size} bytes, more than ${LARGEST_FILE}`)
  const bytes = fs.readFileSync(join(folder, file))
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64'
  return { path: path.output, encoding, content: bytes.toString(encoding) }
}

/**
 * Returns a pack as one document: the exact text of its documents, and its previews and workflows.
 * Even a pack that cannot be read is exported as it is.
 * @throws pack.not_found; input.too_large for a file above 32 MiB or more than 64 MiB together
 */
export function exportPack(
  ctx: Pick<StoreContext, 'store'> & { readonly clock: Clock },
  name: PackName,
): PackExport {
  const folder = ctx.store.paths.packFolder(name)
  const paths = filesOfPack(folder)
  if (!DOCUMENTS.some((document) => paths.includes(document))) {
    throw new AppError('pack.not_found', `No such pack: "${name}"`)
  }
  if (paths.length > MAX_FILES) throw tooLarge(`The pack has ${paths.length} files`)
  let total = 0
  const files = paths.map((path) => {
    const file = exportedFile(folder, path)
    total += file.content.length
    if (total > LARGEST_EXPORT) throw tooLarge(`The pack has more than ${LARGEST_EXPORT} bytes`)
    return file
  })
  const exported_at = new Date(ctx.clock.now()).toISOString()
  return { schema: 'synapse.pack_export.v1', exported_at, name, files }
}
