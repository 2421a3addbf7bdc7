/** What interfaces should see, worked out a second time, and what they do see. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { digestAt, isTemporary, Seen, walk } from '../seen.ts'
import { blobPath, type Sandbox } from '../sandbox.ts'
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

/** The packs of a profile, those that others need before them. */
function packsInOrder(seen: Seen, profile: string): string[] {
  const order = new Set<string>()
  const visit = (name: string) => {
    if (order.has(name)) return
    const pack = seen.json<PackDocument>(`state/packs/${name}/pack.json`)
    for (const need of pack?.pack_dependencies ?? []) visit(need.pack_name)
    order.add(name)
  }
  for (const name of seen.profile(profile)) visit(name)
  return [...order]
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

/** Reports whether a pickle is known as one: by its name in a pack, or by the one it came in with. */
function isKnownPickle(seen: Seen, path: string, sha256: string): boolean {
  const meta = seen.json<{ original_filename?: string }>(`${blobPath(sha256)}.meta`)
  return [path, meta?.original_filename ?? ''].some((name) => name.endsWith('.ckpt'))
}

/**
 * Returns what an interface should see by its stack, packs and settings, worked out a second time:
 * path → digest, for profiles in which the last wins.
 */
export function expectedView(sandbox: Sandbox, ui: string): Record<string, string> {
  const seen = new Seen(sandbox)
  const folders = seen.json<Folders>('state/config.json')?.ui.kind_map[ui] ?? {}
  const approvals = seen.json<{ approved: { sha256: string }[] }>('state/approvals.json')
  const approved = new Set(approvals?.approved.map((one) => one.sha256))
  const here = new Set(blobsIn(sandbox.root))
  const links = new Map<string, string>()
  for (const name of packsInOrder(seen, seen.stack(ui).at(-1) ?? 'global')) {
    const uis = seen.json<PackDocument>(`state/packs/${name}/pack.json`)?.uis
    if (uis?.includes(ui) === false) continue
    for (const [path, sha256] of filesOf(seen, name, folders)) {
      if (approved.has(sha256) || !isKnownPickle(seen, path, sha256)) links.set(path, sha256)
    }
  }
  return Object.fromEntries([...links].filter(([, sha256]) => here.has(sha256)))
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
