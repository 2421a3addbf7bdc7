/**
 * The invariants of the store, checked by walking the disk: no code of the store is asked, so that
 * a fault in it cannot hide itself. They hold when the lock is free and no operation is open.
 */
import fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  digestAt,
  isTemporary,
  ledgerOf,
  names,
  readJson,
  readLines,
  trashFolders,
  walk,
} from './seen.ts'
import { modelOf, type Sandbox } from './sandbox.ts'

/** What may never be lost, as it was before an operation. */
export interface Before {
  /** Digests of all bytes in `blobs/` and in the trash. */
  readonly held: ReadonlySet<string>
  readonly metas: ReadonlyMap<string, string>
  /** The user's own files: path → digest. */
  readonly own: ReadonlyMap<string, string>
}

/** What an operation is allowed to do. */
export interface Allowances {
  /** Digests that a person has confirmed may go for good. */
  readonly mayGo?: readonly string[]
  /** Views without a ledger are another program's, which nobody has taken over yet. */
  readonly othersViews?: boolean
  /** Paths below views, `<ui>/<profile>/<path>`, that are foreign links. */
  readonly foreign?: ReadonlySet<string>
}

const BLOB = /^[0-9a-f]{2}\/(?<sha256>[0-9a-f]{64})$/u
const META = /^[0-9a-f]{2}\/(?<sha256>[0-9a-f]{64})\.meta$/u

/** Every blob, whatever its bytes are now. */
function blobFiles(root: string): string[] {
  const entries = walk(join(root, 'data/blobs/sha256')).filter((one) => one.kind === 'file')
  return entries.filter(({ path }) => BLOB.test(path)).map(({ absolute }) => absolute)
}

/** Digests of what is in `blobs/` and in the trash, by their bytes: a name proves nothing. */
function heldBytes(root: string): Set<string> {
  return new Set([...blobFiles(root), ...trashFiles(root)].map(digestAt))
}

/**
 * Digest and text of every manifest: those in the trash, which may have been imported again, first.
 */
function metaTexts(root: string): [sha256: string, text: string][] {
  const inTrash = trashFolders(root).flatMap((folder): [string, string][] => {
    const entry = readJson<{ sha256: string }>(join(folder, 'entry.json'))
    if (entry === null || !fs.existsSync(join(folder, 'meta'))) return []
    return [[entry.sha256, fs.readFileSync(join(folder, 'meta'), 'utf8')]]
  })
  const inStore = walk(join(root, 'data/blobs/sha256')).flatMap(
    ({ path, absolute, kind }): [string, string][] => {
      const sha256 = kind === 'file' ? META.exec(path)?.groups?.['sha256'] : undefined
      return sha256 === undefined ? [] : [[sha256, fs.readFileSync(absolute, 'utf8')]]
    },
  )
  return [...inTrash, ...inStore]
}

function trashFiles(root: string): string[] {
  return trashFolders(root)
    .map((folder) => join(folder, 'blob'))
    .filter((path) => fs.existsSync(path))
}

function ownFiles(sandbox: Sandbox): Map<string, string> {
  const entries = [...walk(sandbox.outside), ...walk(sandbox.other)]
  const files = entries.filter((one) => one.kind === 'file')
  return new Map(files.map(({ absolute }) => [absolute, digestAt(absolute)]))
}

/** Remembers what may never be lost. */
export function rememberBytes(sandbox: Sandbox): Before {
  return {
    held: heldBytes(sandbox.root),
    metas: new Map(metaTexts(sandbox.root)),
    own: ownFiles(sandbox),
  }
}

interface ConfigDocument {
  readonly ui?: {
    readonly known?: readonly string[]
    readonly kind_map?: Readonly<Record<string, Readonly<Record<string, string | null>>>>
  }
}

/** 1. The active link of an interface leads to the top of its stack. */
function checkActive(root: string): string[] {
  const runtime = readJson<{ ui?: Record<string, { stack?: string[] }> }>(
    join(root, 'data/runtime.json'),
  )
  return names(join(root, 'data/views')).flatMap((ui) => {
    const active = join(root, 'data/views', ui, 'active')
    const stat = fs.lstatSync(active, { throwIfNoEntry: false })
    if (stat === undefined) return []
    const top = runtime?.ui?.[ui]?.stack?.at(-1) ?? 'global'
    const target = stat.isSymbolicLink() ? fs.readlinkSync(active) : 'no link'
    return target === `profiles/${top}` ? [] : [`1: ${ui} shows ${target}, its stack says ${top}`]
  })
}

/** 2. Every link of a view is in its ledger and leads to a blob that is there. */
function checkLinks(root: string, allowed: Allowances): string[] {
  return viewsOf(root).flatMap(({ ui, profile, folder }) => {
    const path = join(root, 'data/ledger/links', ui, `${profile}.jsonl`)
    if (allowed.othersViews === true && !fs.existsSync(path)) return []
    const ledger = ledgerOf(root, ui, profile)
    return walk(folder)
      .filter((entry) => entry.kind !== 'folder')
      .flatMap(({ path, absolute, kind }) => {
        const at = `${ui}/${profile}/${path}`
        if (isTemporary(path.split('/').at(-1) ?? '')) return []
        if (allowed.foreign?.has(at) === true) return []
        const record = ledger.get(path)
        if (record === undefined) return [`2: ${at} is not in the ledger`]
        const blob = join(
          root,
          'data/blobs/sha256',
          record.sha256?.slice(0, 2) ?? '',
          record.sha256 ?? '',
        )
        if (!fs.existsSync(blob)) return [`2: ${at} leads to a model that is not here`]
        if (kind === 'file') return sameFile(absolute, blob) ? [] : [`2: ${at} is no link`]
        const target = fs.readlinkSync(absolute)
        if (target !== record.target) return [`2: ${at} is not what the ledger says`]
        return resolve(dirname(absolute), target) === blob ? [] : [`2: ${at} leads elsewhere`]
      })
  })
}

function sameFile(a: string, b: string): boolean {
  return fs.statSync(a).ino === fs.statSync(b).ino
}

interface ViewFolder {
  readonly ui: string
  readonly profile: string
  readonly folder: string
}

function viewsOf(root: string): ViewFolder[] {
  return names(join(root, 'data/views')).flatMap((ui) => {
    const profiles = join(root, 'data/views', ui, 'profiles')
    return names(profiles).map((profile) => ({ ui, profile, folder: join(profiles, profile) }))
  })
}

/** 3. Every view holds every folder of its layout. */
function checkFolders(root: string): string[] {
  const config = readJson<ConfigDocument>(join(root, 'state/config.json'))
  return viewsOf(root).flatMap(({ ui, profile, folder }) => {
    const ours = fs.existsSync(join(root, 'data/ledger/links', ui, `${profile}.jsonl`))
    if (!ours) return []
    const wanted = Object.values(config?.ui?.kind_map?.[ui] ?? {}).filter((one) => one !== null)
    return [...new Set(wanted)]
      .filter((one) => !fs.statSync(join(folder, one), { throwIfNoEntry: false })?.isDirectory())
      .map((one) => `3: ${ui}/${profile} has no folder ${one}`)
  })
}

/** 4. A file under a final name has the digest of that name; 6. nothing else is there. */
function checkBlobs(root: string): string[] {
  return walk(join(root, 'data/blobs/sha256'))
    .filter((entry) => entry.kind !== 'folder')
    .flatMap(({ path, absolute }) => {
      const sha256 = BLOB.exec(path)?.groups?.['sha256']
      if (sha256 !== undefined) {
        return digestAt(absolute) === sha256
          ? []
          : [`4: ${path} holds other bytes (${modelOf(sha256)})`]
      }
      const known = META.test(path) || isTemporary(path.split('/').at(-1) ?? '')
      return known ? [] : [`4: ${path} has a strange name`]
    })
}

/** 5. A manifest never changes once it exists; a model that went for good may come with another. */
function checkMetas(root: string, before: Before, allowed: Allowances): string[] {
  const now = metaTexts(root)
  const gone = new Set(allowed.mayGo)
  const changed = [...before.metas].flatMap(([sha256, text]) => {
    const there = now.filter(([named]) => named === sha256).map(([, one]) => one)
    if (there.includes(text) || gone.has(sha256)) return []
    return [`5: the manifest of ${modelOf(sha256)} ${there.length === 0 ? 'is gone' : 'changed'}`]
  })
  const torn = [...now].flatMap(([sha256, text]) => {
    try {
      JSON.parse(text)
      return []
    } catch {
      return [`5: the manifest of ${modelOf(sha256)} is torn`]
    }
  })
  return [...changed, ...torn]
}

/** 8. Nothing is lost: each model is in the store, in the trash, or back where it came from. */
function checkNothingLost(sandbox: Sandbox, before: Before, allowed: Allowances): string[] {
  const { root } = sandbox
  const gone = new Set(allowed.mayGo)
  const own = ownFiles(sandbox)
  const kept = heldBytes(root)
  const everywhere = new Set([...kept, ...own.values()])
  const lost = [...before.held]
    .filter((sha256) => !everywhere.has(sha256) && !gone.has(sha256))
    .map((sha256) => `8: ${modelOf(sha256)} is lost`)
  const taken = [...before.own].flatMap(([path, sha256]) => {
    const now = own.get(path)
    if (now === sha256 || (now === undefined && kept.has(sha256))) return []
    return [`8: the user's file ${path} ${now === undefined ? 'is lost' : 'changed'}`]
  })
  return [...lost, ...taken]
}

interface JournalLine {
  readonly id: string
  readonly op: string
  readonly phase: string
}

/** Returns the operations of the journal that began and did not end. */
export function openOperations(root: string): string[] {
  const journal = join(root, 'data/journal')
  const lines = names(journal).flatMap((name) => readLines<JournalLine>(join(journal, name)))
  const ended = new Set(lines.filter((one) => one.phase !== 'begin').map((one) => one.id))
  const begun = new Map(lines.filter((one) => one.phase === 'begin').map((one) => [one.id, one]))
  return [...begun.values()]
    .filter((one) => !ended.has(one.id))
    .map((one) => `journal: ${one.op} is open`)
}

/** Every document can be read whole. */
function checkDocuments(root: string): string[] {
  const files = [
    ...walk(join(root, 'state')).map((one) => one.absolute),
    ...trashFolders(root).flatMap((folder) => walk(folder).map((one) => one.absolute)),
    ...walk(join(root, 'data/jobs')).map((one) => one.absolute),
    join(root, 'data/runtime.json'),
    join(root, 'data/machine.json'),
  ]
  return files
    .filter((path) => path.endsWith('.json'))
    .flatMap((path) => {
      try {
        readJson(path)
        return []
      } catch {
        return [`documents: ${path} is torn`]
      }
    })
}

/**
 * Returns everything that is wrong with a store that nobody is working on.
 * @param before what had to be kept
 */
export function brokenInvariants(
  sandbox: Sandbox,
  before: Before,
  allowed: Allowances = {},
): string[] {
  const { root } = sandbox
  return [
    ...checkDocuments(root),
    ...openOperations(root),
    ...checkActive(root),
    ...checkLinks(root, allowed),
    ...checkFolders(root),
    ...checkBlobs(root),
    ...checkMetas(root, before, allowed),
    ...checkNothingLost(sandbox, before, allowed),
  ]
}
