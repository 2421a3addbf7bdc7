/** The folders that the files of an import lie in, and what may be read of them. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ImportRequest } from '../../../schemas/imports.ts'
import { isInAnyStore, type StoreInterior } from '../../store/store-interior.ts'

/** An import request, and the folders it may read. */
export interface ScopedImportRequest extends ImportRequest {
  /** Real paths of folders that links may not lead out of; absent where everything may be read. */
  readonly within?: readonly string[]
}

/** Reports whether a path is a folder or something below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`)
}

/** What is known of a folder that contains files. */
export interface FolderOfFiles {
  /** Null where the system does not report it. */
  readonly real: string | null
  /** True for a folder of this store, or of any store if files are to be moved. */
  readonly isStores: boolean
}

/** The folders of the files, each inspected once. */
export class FoldersOfFiles {
  readonly request: ScopedImportRequest
  readonly #own: StoreInterior
  readonly #known = new Map<string, FolderOfFiles>()

  constructor(own: StoreInterior, request: ScopedImportRequest) {
    this.#own = own
    this.request = request
  }

  /** The folder of a file: by its own path and by its real one. */
  of(path: string): FolderOfFiles {
    const folder = dirname(path)
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const real = realOrNull(folder)
    const inStore = this.#own.contains(folder) || (real !== null && this.#own.contains(real))
    const isMoved = this.request.mode === 'move' && real !== null
    const facts = { real, isStores: inStore || (isMoved && isInAnyStore(real)) }
    this.#known.set(folder, facts)
    return facts
  }

  /** The real path of a file, and whether either of its paths is a store's. @throws errors of the system */
  locate(path: string, isLink: boolean): { readonly real: string; readonly isStores: boolean } {
    const { real: folder, isStores } = this.of(path)
    const real = isLink || folder === null ? fs.realpathSync(path) : join(folder, basename(path))
    return { real, isStores: isStores || (isLink && this.of(real).isStores) }
  }

  /**
   * Reports whether the caller may not even know a path, because its folder is outside the roots.
   */
  isOutside(path: string): boolean {
    const { within } = this.request
    if (within === undefined) return false
    const { real } = this.of(path)
    return real === null || !within.some((folder) => isInside(real, folder))
  }
}

function realOrNull(folder: string): string | null {
  try {
    return fs.realpathSync(folder)
  } catch {
    return null
  }
}
