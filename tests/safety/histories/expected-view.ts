/** What interfaces should see, worked out a second time, and what they do see. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { digestAt, isTemporary, Seen, walk } from '../seen.ts'
import { digestOf, type Sandbox } from '../sandbox.ts'
import { blobsIn } from './choices.ts'
import type { Memory } from './memory.ts'

interface PackDocument {
  readonly uis?: readonly string[]
  readonly dependencies: readonly {
    readonly id: string
    readonly kind: string
    readonly model_kind?: string
    readonly expose: { readonly filename: string }
  }[]
  readonly pack_dependencies: readonly { readonly pack_name: string }[]
}

interface LockDocument {
  readonly resolved: readonly { dependency_id: string; artifact: { sha256: string } }[]
}

interface Folders {
  readonly ui: { readonly kind_map: Readonly<Record<string, Readonly<Record<string, string>>>> }
}

/** Packs, those that others need before them. */
function withNeeded(seen: Seen, packs: readonly string[]): string[] {
  const order = new Set<string>()
  const visit = (name: string) => {
    if (order.has(name)) return
    const pack = seen.json<PackDocument>(`state/packs/${name}/pack.json`)
    for (const need of pack?.pack_dependencies ?? []) visit(need.pack_name)
    order.add(name)
  }
  for (const name of packs) visit(name)
  return [...order]
}

/** The packs of a profile; a pack in use comes last, after those that it needs. */
function packsInOrder(seen: Seen, profile: string): string[] {
  const packs = seen.profile(profile)
  const used = packs.filter((name) => [`work__${name}`, `only__${name}`].includes(profile))
  const last = withNeeded(seen, used)
  const others = packs.filter((name) => !used.includes(name))
  return [...withNeeded(seen, others).filter((name) => !last.includes(name)), ...last]
}

/** Path and digest of each file of a pack. */
function filesOf(seen: Seen, name: string, folders: Readonly<Record<string, string>>) {
  const pack = seen.json<PackDocument>(`state/packs/${name}/pack.json`)
  const lock = seen.json<LockDocument>(`state/packs/${name}/lock.json`)
  return (lock?.resolved ?? []).flatMap(({ dependency_id, artifact }): [string, string][] => {
    const file = pack?.dependencies.find((one) => one.id === dependency_id)
    if (file === undefined) return []
    const folder = folders[file.model_kind ?? file.kind]
    return folder === undefined ? [] : [[`${folder}/${file.expose.filename}`, artifact.sha256]]
  })
}

/** What an interface should see. */
export interface ExpectedView {
  /** Path → digest. */
  readonly links: Readonly<Record<string, string>>
  /**
   * Paths at which a pickle without an approval has the name of another format. Whether it is known
   * as one hangs on the name that it came in with, and a link that is there stays: either is right.
   */
  readonly undecided: ReadonlySet<string>
}

const isPickle = (path: string) => path.endsWith('.ckpt')

/**
 * Returns what an interface should see by its stack, packs and settings, worked out a second time:
 * for profiles in which the last wins. The one pickle of the sandbox is `evil`.
 */
export function expectedView(sandbox: Sandbox, ui: string): ExpectedView {
  const seen = new Seen(sandbox)
  const folders = seen.json<Folders>('state/config.json')?.ui.kind_map[ui] ?? {}
  const approvals = seen.json<{ approved: { sha256: string }[] }>('state/approvals.json')
  const approved = new Set(approvals?.approved.map((one) => one.sha256))
  const here = new Set(blobsIn(sandbox.root))
  const links = new Map<string, string>()
  const undecided = new Set<string>()
  for (const name of packsInOrder(seen, seen.stack(ui).at(-1) ?? 'global')) {
    const uis = seen.json<PackDocument>(`state/packs/${name}/pack.json`)?.uis
    if (uis?.includes(ui) === false) continue
    for (const [path, sha256] of filesOf(seen, name, folders)) {
      const isBlocked = sha256 === digestOf('evil') && !approved.has(sha256)
      if (!isBlocked) links.set(path, sha256)
      else if (!isPickle(path)) undecided.add(path)
    }
  }
  const present = [...links].filter(([path, sha256]) => here.has(sha256) && !undecided.has(path))
  return { links: Object.fromEntries(present), undecided }
}

/**
 * Returns what of an expected view has its place: something foreign stands at the other
 * paths.
 */
export function withoutTaken(
  sandbox: Sandbox,
  memory: Memory,
  ui: string,
  expected: Readonly<Record<string, string>>,
): Record<string, string> {
  const active = fs.realpathSync(join(sandbox.root, 'data/views', ui, 'active'))
  const theirs = new Set(
    walk(active)
      .filter((entry) => memory.isForeign(entry) || entry.kind === 'folder')
      .map((entry) => entry.path),
  )
  return Object.fromEntries(Object.entries(expected).filter(([path]) => !theirs.has(path)))
}

/** Returns what an interface does see: path → digest, but for foreign files. */
export function shownView(sandbox: Sandbox, memory: Memory, ui: string): Record<string, string> {
  const active = fs.realpathSync(join(sandbox.root, 'data/views', ui, 'active'))
  const files = walk(active).filter(
    ({ kind, path }) => kind !== 'folder' && !isTemporary(basename(path)),
  )
  const ours = files.filter((entry) => !memory.isForeign(entry))
  return Object.fromEntries(ours.map(({ path, absolute }) => [path, digestAt(absolute)]))
}
