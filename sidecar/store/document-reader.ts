/** The documents of a store, read without holding its lock. */
import fs from 'node:fs'
import { join, sep } from 'node:path'
import type { Approvals, Config, Machine, UiSets } from '../../schemas/config.ts'
import { AppError } from '../../schemas/errors.ts'
import { unsafePartReason, type PackName, type ProfileName } from '../../schemas/ids.ts'
import type { Lock, Pack } from '../../schemas/pack.ts'
import type { Profile, Runtime } from '../../schemas/profile.ts'
import * as kinds from './document-kinds.ts'
import { readText } from './documents.ts'
import { namesIn } from './names-in.ts'
import type { StoreCache } from './store-cache.ts'
import type { StoreParts } from './store-parts.ts'
import type { StorePaths } from './store-paths.ts'

/** Reads settings, packs and profiles. Values are shared: callers never change them. */
export class DocumentReader {
  readonly paths: StorePaths
  protected readonly cache: StoreCache

  constructor(paths: StorePaths, cache: StoreCache) {
    this.paths = paths
    this.cache = cache
  }

  /** True where there is a store at all. */
  get initialized(): boolean {
    return this.parts.look().kind !== 'absent'
  }

  /** Which parts of the store are connected. */
  get parts(): Pick<
    StoreParts,
    'look' | 'blobsAreAway' | 'requireOnline' | 'requireData' | 'requireNew' | 'noStore'
  > {
    return this.cache.parts
  }

  /** @throws store.not_initialized, store.absent where there was one */
  requireInitialized(): void {
    if (!this.initialized) throw this.cache.parts.noStore()
  }

  /**
   * The settings; defaults where the file is absent.
   * @throws store.document_broken, store.newer_format
   */
  config(): Config {
    return this.cache.documents.readOrEmpty(this.paths.config, kinds.CONFIG)
  }

  /** @throws as {@link config} */
  uiSets(): UiSets {
    return this.cache.documents.readOrEmpty(this.paths.uiSets, kinds.UI_SETS)
  }

  /** @throws as {@link config} */
  machine(): Machine {
    return this.cache.documents.readOrEmpty(this.paths.machine, kinds.MACHINE)
  }

  /** @throws as {@link config} */
  approvals(): Approvals {
    return this.cache.documents.readOrEmpty(this.paths.approvals, kinds.APPROVALS)
  }

  /** Per interface, the profiles in use. @throws as {@link config} */
  runtime(): Runtime {
    return this.cache.documents.readOrEmpty(this.paths.runtime, kinds.RUNTIME)
  }

  /** Names of folders with a pack document, sorted. */
  packNames(): PackName[] {
    return namesIn(this.paths.packs).filter((name): name is PackName => {
      if (unsafePartReason(name) !== null) return false
      // With a thousand packs, joining paths would take longer than asking the disk.
      const folder = `${this.paths.packs}${sep}${name}${sep}`
      return fs.existsSync(`${folder}pack.json`) || fs.existsSync(`${folder}lock.json`)
    })
  }

  /** @throws store.document_broken, store.newer_format */
  pack(name: PackName): Pack | null {
    return this.cache.documents.read(this.paths.pack(name), kinds.PACK)
  }

  /** @throws pack.not_found and as {@link pack} */
  requirePack(name: PackName): Pack {
    const pack = this.pack(name)
    if (pack === null) throw new AppError('pack.not_found', `No such pack: "${name}"`)
    return pack
  }

  /** The lock of a pack, or null where it was never resolved. @throws as {@link pack} */
  lock(name: PackName): Lock | null {
    return this.cache.documents.read(this.paths.packLock(name), kinds.LOCK)
  }

  /** Names of folders with a profile document, sorted. */
  profileNames(): ProfileName[] {
    return namesIn(this.paths.profiles).filter(
      (name): name is ProfileName =>
        unsafePartReason(name) === null &&
        fs.existsSync(join(this.paths.profiles, name, 'profile.json')),
    )
  }

  /** @throws store.document_broken, store.newer_format */
  profile(name: ProfileName): Profile | null {
    return this.cache.documents.read(this.paths.profile(name), kinds.PROFILE)
  }

  /** The current text of a document, or null. */
  text(path: string): string | null {
    return readText(path)
  }
}
