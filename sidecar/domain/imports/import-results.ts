/** What an import requests from a pack, and its results per file. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { ImportedFile } from '../../../schemas/imports.ts'
import type { Exposure, Placed } from '../packs/exposure.ts'
import type { Alias } from './aliases.ts'
import type { IdentifiedFile } from './identify.ts'
import type { ReadyFile } from './source-state.ts'

type About = Pick<ImportedFile, 'path' | 'name' | 'kind' | 'blocked' | 'exposed_as'>

/** Returns the part of a result that is common to all files. */
export function about(file: IdentifiedFile): About {
  const { path, name, kind, blocked } = file
  return { path, name, kind, blocked, exposed_as: null }
}

/** Returns how a pack shows a file, in the form of a result. */
export function shownAs(
  placed: Placed,
): Pick<ImportedFile, 'kind' | 'exposed_as' | 'renamed' | 'kind_corrected'> {
  const { kind, subfolder, filename, renamed_from, kind_before } = placed
  return {
    kind,
    exposed_as: subfolder === null ? filename : `${subfolder}/${filename}`,
    ...(renamed_from === null ? {} : { renamed: { from: renamed_from, to: filename } }),
    ...(kind_before === null ? {} : { kind_corrected: { from: kind_before, to: kind } }),
  }
}

/** Returns the exposures of an imported file in its pack: itself first, then its further names. */
export function exposuresOf({ file, staged }: ReadyFile): Exposure[] {
  return [file, ...file.aliases].map((one) => exposureOf(one, staged.digests.sha256))
}

function exposureOf(one: IdentifiedFile | Alias, sha256: Sha256): Exposure {
  const { kind, kind_from, name, subfolder } = one
  return {
    sha256,
    kind,
    kind_guessed: kind_from !== 'person',
    name,
    subfolder,
    claims_path: false,
  }
}

/** Returns the result for a further name of a file. */
export function aliasResult(
  ready: ReadyFile,
  alias: Alias,
  placed: Placed | undefined,
): ImportedFile {
  const { file, staged } = ready
  return {
    ...about({ ...file, ...alias }),
    alias_of: file.path,
    outcome: 'already_there',
    sha256: staged.digests.sha256,
    size_bytes: staged.digests.size_bytes,
    how: null,
    ...(placed === undefined ? {} : shownAs(placed)),
  }
}
