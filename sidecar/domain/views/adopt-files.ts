/** Model files that an interface or downloader put into an active view: taken in, and linked. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { PortableName, RelativePath, type PackName, type UiName } from '../../../schemas/ids.ts'
import { AppError } from '../../../schemas/errors.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import { refuseChanged, seenFile } from '../../platform/file-identity.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { liesElsewhere } from '../../platform/move-across.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { blobsVolume } from '../../store/blobs-volume.ts'
import type { StoreContext } from '../context.ts'
import { publishBlob, type Arrival } from '../imports/publish-blob.ts'
import { addToPack } from '../packs/change-packs.ts'
import { followChanges, shownUis } from '../profiles/follow-changes.ts'
import { GLOBAL } from '../profiles/runtime-stack.ts'
import { checkCancelled, type Work } from '../progress.ts'
import { layoutOf } from './layout.ts'
import { viewSlot, type LinkStyle } from './link-style.ts'
import { scanView } from './scan-view.ts'

/** A file has to be left alone for this long before it is taken in. */
export const REST_MS = 60_000

/** A file that may be taken in. */
export interface StrayFile {
  readonly ui: UiName
  /** Absolute. */
  readonly path: string
  readonly kind: string
  readonly filename: PortableName
  readonly subfolder: RelativePath | null
  readonly modified_ms: number
}

/** What became of stray files. */
export interface AdoptResult {
  readonly adopted: { readonly ui: string; readonly path: string; readonly sha256: string }[]
  readonly failed: { readonly ui: string; readonly path: string; readonly detail: string }[]
}

/** Says whether a pack that joins `global` shows up in what the interface sees. */
function followsGlobal(reader: StoreReader, ui: UiName): boolean {
  const top = reader.stack(ui).at(-1) ?? GLOBAL
  return (
    top === GLOBAL || (top.startsWith('work__') && reader.config().defaults.use_base === GLOBAL)
  )
}

function placeOf(
  reader: StoreReader,
  ui: UiName,
  path: string,
): Pick<StrayFile, 'kind' | 'filename' | 'subfolder'> | null {
  const filename = v.safeParse(PortableName, basename(path))
  if (!filename.success) return null
  const home = [...layoutOf(reader.config(), ui).folders]
    .filter(([, folder]) => path.startsWith(`${folder}/`))
    .sort(([, a], [, b]) => b.length - a.length)[0]
  if (home === undefined) return null
  const rest = dirname(path.slice(home[1].length + 1))
  if (rest === '.') return { kind: home[0], filename: filename.output, subfolder: null }
  const subfolder = v.safeParse(RelativePath, rest)
  if (!subfolder.success) return null
  return { kind: home[0], filename: filename.output, subfolder: subfolder.output }
}

/**
 * Finds model files of others in the active views, wherever adopting them keeps them in sight.
 * Pickle files stay as they are: a link to one would have to wait for an approval.
 */
export function findStrayFiles(reader: StoreReader, style: LinkStyle): StrayFile[] {
  return shownUis(reader)
    .filter((ui) => followsGlobal(reader, ui))
    .flatMap((ui) => {
      const slot = viewSlot(style, reader.stack(ui).at(-1) ?? GLOBAL)
      const root = reader.paths.view(ui, slot)
      return scanView(reader, ui, slot, 'all').foreign.flatMap((file): StrayFile[] => {
        if (!isModelName(file.path) || isPickleName(file.path)) return []
        const place = placeOf(reader, ui, file.path)
        const path = join(root, file.path)
        const stat = fs.lstatSync(path, { throwIfNoEntry: false })
        if (place === null || stat?.isFile() !== true || stat.size === 0) return []
        return [{ ui, path, ...place, modified_ms: stat.mtimeMs }]
      })
    })
}

async function adoptOne(
  ctx: StoreContext & { readonly pool: HashPool },
  actor: string,
  style: LinkStyle,
  file: StrayFile,
  signal: AbortSignal,
): Promise<string> {
  const digests = await ctx.pool.hash(file.path, { signal })
  const { mode } = fs.lstatSync(file.path)
  await ctx.store.transact(actor, async (tx) => {
    const facts = {
      digests,
      size_bytes: digests.size_bytes,
      original_filename: file.filename,
      kind: file.kind,
      source: tx.paths.place(file.path),
    }
    refuseChanged(file.path, seenFile(digests))
    // Where its bytes cannot have two names, the file goes into the store, and a link comes back.
    const elsewhere = liesElsewhere(file.path, blobsVolume(tx.paths))
    const arrival: Arrival = {
      by: elsewhere ? 'move' : 'hard_link',
      from: tx.paths.place(file.path),
      mode: mode & 0o7777,
    }
    await publishBlob(tx, facts, arrival, elsewhere ? 'moved' : 'hard_link')
    const pack = `Found in ${file.ui}` as PackName
    const { kind, filename: name, subfolder } = file
    const { sha256 } = digests
    await addToPack(tx, pack, [
      { sha256, kind, kind_guessed: false, name, subfolder, claims_path: true },
    ])
    const behind = await followChanges(tx, style)
    const here = behind.find((one) => one.ui === file.ui)
    if (here !== undefined) throw new AppError('view.path_taken', here.detail)
  })
  ctx.publish({ type: 'blob.added', sha256: digests.sha256 })
  return digests.sha256
}

/**
 * Takes stray files into the store, into the pack `Found in <ui>`; the same path is a link from
 * then on. A file that changes meanwhile is left as it is.
 * @throws job.cancelled
 */
export async function adoptFiles(
  ctx: StoreContext & { readonly pool: HashPool },
  actor: string,
  work: Work,
): Promise<AdoptResult> {
  const style = await ctx.linkStyle()
  const now = Date.now()
  const files = findStrayFiles(ctx.store.reader, style).filter(
    (file) => now - file.modified_ms >= REST_MS,
  )
  const result: AdoptResult = { adopted: [], failed: [] }
  for (const [index, file] of files.entries()) {
    checkCancelled(work.signal)
    work.report({ stage: 'adopting', done: index, total: files.length, unit: 'files' })
    const about = { ui: file.ui, path: ctx.store.paths.place(file.path) }
    try {
      const sha256 = await adoptOne(ctx, actor, style, file, work.signal)
      result.adopted.push({ ...about, sha256 })
    } catch (error) {
      if (work.signal.aborted) throw error
      result.failed.push({ ...about, detail: String(error) })
    }
  }
  return result
}
