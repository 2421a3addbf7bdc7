/** Partial files: found by their full names, in the folders where they are made. */
import { dirname, join } from 'node:path'
import { entriesIn, partialsIn, type PartialFile } from '../platform/partial-files.ts'
import { isTemporaryName } from '../platform/temporary-names.ts'
import type { StorePaths } from './store-paths.ts'
import type { StoreReader } from './store-reader.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
/**
 * In our own folders for partial files: named after what they become, or by an id; ours and the
 * Python program's.
 */
const IN_TEMPORARY = new RegExp(
  `^(?:${UUID}(?:-\\d+)?\\.part|[0-9a-f]{64}\\.part|download_.+)$`,
  'u',
)
/** The Python program's, beside the blob that they become. */
const BESIDE_BLOB = /^[0-9a-f]{64}\.part$/u
/** Files that we write into an entry of the trash; all others there are foreign. */
const IN_TRASH = /^\.(?:blob|meta|entry\.json|pack-entry\.json)\.[0-9a-f]{12}\.synapse-tmp$/u

function foldersIn(folder: string): string[] {
  return entriesIn(folder).flatMap((entry) => (entry.isDirectory() ? join(folder, entry.name) : []))
}

/** Folders of views in which we make links, never those that other programs made. */
function viewFolders(reader: StoreReader): string[] {
  return reader.uisWithViews().flatMap((ui) => [
    reader.paths.ui(ui),
    ...reader.knownViews(ui).flatMap((profile) => {
      const root = reader.paths.view(ui, profile)
      const mtimes = reader.knownView(ui, profile)?.mtimes.keys() ?? []
      return [root, ...[...mtimes].map((folder) => join(root, folder))]
    }),
  ])
}

function documentFolders({ packs, profiles, links }: StorePaths): string[] {
  return [packs, profiles, links].flatMap((folder) => [folder, ...foldersIn(folder)])
}

/** Returns every partial file of ours and of the Python program's. Quarantine is not searched. */
export function findPartials(reader: StoreReader): PartialFile[] {
  const { paths } = reader
  const temporaries = [paths.temporary, paths.blobsTemporary]
  const isWaiting = (name: string) => IN_TEMPORARY.test(name) || isTemporaryName(name)
  const beside = [
    ...[paths.state, paths.data, paths.blobsPart, paths.blobs],
    ...[paths.ledger, paths.journal, paths.jobs],
    ...documentFolders(paths),
    ...viewFolders(reader),
  ]
  const trash = [paths.trash, paths.blobsTrash].flatMap(foldersIn)
  const found = [
    ...temporaries.flatMap((folder) => partialsIn(folder, isWaiting)),
    ...foldersIn(paths.blobs).flatMap((folder) =>
      partialsIn(folder, (name) => BESIDE_BLOB.test(name) || isTemporaryName(name)),
    ),
    ...[...new Set(beside)].flatMap((folder) => partialsIn(folder, isTemporaryName)),
    ...trash.flatMap((folder) => partialsIn(folder, (name) => IN_TRASH.test(name))),
  ]
  return found.filter(({ path }) => dirname(path) !== paths.quarantine)
}
