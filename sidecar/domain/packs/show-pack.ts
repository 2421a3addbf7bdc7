/** One pack with all its details. */
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import type { PackDetail, PackFile } from '../../../schemas/pack.ts'
import { exposedName, kindOfFile } from '../../store/pack-lock-entries.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { blockedRule } from '../views/blocked-files.ts'
import { viewsLinking } from '../views/unlink-blob.ts'
import { activePacks, summaryOf } from './pack-summary.ts'
import { profilesNaming } from './profiles-naming.ts'
import { digestOfFile, sizeOf, wantedFiles, type WantedFile } from './wanted-files.ts'

interface ReadContext {
  readonly store: Pick<StoreContext['store'], 'reader'>
}

type BlockedRule = (sha256: Sha256, filename: string) => boolean

/**
 * A rule for files that are blocked in general: not approved, and not in any view from before
 * approvals.
 */
function blockedEverywhere(reader: StoreReader): BlockedRule {
  const rule = blockedRule(reader, new Map())
  const shown = new Map<Sha256, boolean>()
  const isShown = (sha256: Sha256): boolean => {
    const known = shown.get(sha256) ?? viewsLinking(reader, sha256).length > 0
    shown.set(sha256, known)
    return known
  }
  return (sha256, filename) => rule(sha256, filename) && !isShown(sha256)
}

/** The facts that determine the state of a pack's files. */
interface FileFacts {
  /** Id of a dependency → why its file was not resolved. */
  readonly reasons: ReadonlyMap<string, string>
  readonly isBlocked: BlockedRule
}

function fileRow(reader: StoreReader, file: WantedFile, facts: FileFacts): PackFile {
  const { dependency, entry } = file
  const id = dependency?.id ?? entry?.dependency_id ?? ''
  const sha256 = digestOfFile(file)
  const filename = exposedName(dependency, entry)
  const reason = sha256 === null ? facts.reasons.get(id) : undefined
  const isBlocked = () => sha256 !== null && facts.isBlocked(sha256, filename)
  return {
    dependency_id: id,
    kind: kindOfFile(dependency, entry),
    filename,
    subfolder: dependency?.expose.subfolder ?? null,
    required: dependency?.required ?? true,
    sha256,
    size_bytes: sizeOf(reader, file),
    state: stateOf(reader, sha256, isBlocked),
    ...(reason === undefined || reason === '' ? {} : { reason }),
  }
}

function stateOf(
  reader: StoreReader,
  sha256: Sha256 | null,
  isBlocked: () => boolean,
): PackFile['state'] {
  if (sha256 === null) return 'unresolved'
  if (!reader.hasBlob(sha256)) return 'missing'
  return isBlocked() ? 'blocked' : 'here'
}

/**
 * Returns a pack with its documents, its files and the profiles that name it.
 * @throws pack.not_found, store.document_broken, store.newer_format
 */
export function showPack(ctx: ReadContext, name: PackName): PackDetail {
  const { reader } = ctx.store
  const pack = reader.requirePack(name)
  const lock = reader.lock(name)
  const reasons = new Map((lock?.unresolved ?? []).map((one) => [one.dependency_id, one.reason]))
  const facts = { reasons, isBlocked: blockedEverywhere(reader) }
  const found = { name, pack, lock, broken: null }
  return {
    summary: summaryOf(reader, found, activePacks(reader)),
    pack,
    lock,
    files: wantedFiles(pack, lock).map((file) => fileRow(reader, file, facts)),
    profiles: profilesNaming(reader, name),
  }
}
