/** The impacts of deleting a blob: packs in use, ways to download it again. */
import type { PackName, Sha256, UiName } from '../../../schemas/ids.ts'
import type { Resolved } from '../../../schemas/pack.ts'
import type { Reference } from '../../index/read-blobs.ts'
import { digestOf } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { packsOf } from '../views/plan-view.ts'

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

function packsInUse(reader: StoreReader, ui: UiName): string[] {
  return (
    readable(() => {
      const top = reader.stack(ui).at(-1)
      const profile = top === undefined ? null : reader.profile(top)
      return profile === null ? [] : packsOf(reader, profile).packs.map((pack) => pack.name)
    }) ?? []
  )
}

/** Returns packs that some interface has in its active profile. */
export function activePacks(reader: StoreReader): Set<string> {
  const uis = readable(() => Object.keys(reader.runtime().ui)) ?? []
  return new Set(uis.flatMap((ui) => packsInUse(reader, ui as UiName)))
}

const PROVIDERS_WITH_DOWNLOADS: ReadonlySet<string> = new Set(['civitai', 'huggingface'])

function hasSource({ artifact }: Resolved): boolean {
  const { download, provider } = artifact
  return download.urls.length > 0 || PROVIDERS_WITH_DOWNLOADS.has(provider.name)
}

/** Reports whether some lock records where the bytes can be downloaded. */
export function canDownload(
  reader: StoreReader,
  sha256: Sha256,
  refs: readonly Reference[],
): boolean {
  const packs = new Set(refs.map((ref) => ref.pack as PackName))
  return [...packs].some((pack) => {
    const entries = readable(() => reader.lock(pack))?.resolved ?? []
    return entries.some((entry) => digestOf(entry) === sha256 && hasSource(entry))
  })
}

/** Returns one sentence on how many packs would be incomplete without a blob. */
export function impactSentence(packs: number): string {
  return packs === 1
    ? 'This model is used by 1 pack. Deleting it makes it incomplete.'
    : `This model is used by ${String(packs)} packs. Deleting it makes them incomplete.`
}
