/** What is on the disk of a store, read without any code of the store. */
import fs from 'node:fs'
import { basename, join, relative } from 'node:path'
import { modelOf, sha256Of, type Sandbox } from './sandbox.ts'

/** An entry below a folder, not followed. */
export interface Entry {
  /** Relative to the folder, `/` between parts. */
  readonly path: string
  readonly absolute: string
  readonly kind: 'file' | 'folder' | 'link' | 'else'
}

/** Returns all that is below a folder; nothing where it is absent. Links are never followed. */
export function walk(folder: string): Entry[] {
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return below(folder, folder)
}

function below(top: string, folder: string): Entry[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const absolute = join(folder, entry.name)
    const path = relative(top, absolute)
    if (entry.isDirectory()) {
      return [{ path, absolute, kind: 'folder' as const }, ...below(top, absolute)]
    }
    const kind = entry.isSymbolicLink() ? 'link' : entry.isFile() ? 'file' : 'else'
    return [{ path, absolute, kind }]
  })
}

/** Returns the digest of a file. */
export function digestAt(path: string): string {
  return sha256Of(fs.readFileSync(path))
}

/** Returns a JSON document, or null where there is none. @throws SyntaxError */
export function readJson<T>(path: string): T | null {
  if (!fs.existsSync(path)) return null
  return JSON.parse(fs.readFileSync(path, 'utf8')) as T
}

/** Returns the whole lines of a file as JSON; a torn last line is none. @throws SyntaxError */
export function readLines<T>(path: string): T[] {
  if (!fs.existsSync(path)) return []
  const lines = fs.readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as T)
}

/** Returns names in a folder; none where it is absent. */
export function names(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []
}

/** Returns folders of all entries in the trash, on either volume. */
export function trashFolders(root: string): string[] {
  const places = ['data/trash', 'data/blobs/.trash'].map((place) => join(root, place))
  return places.flatMap((place) => names(place).map((id) => join(place, id)))
}

/** Reports whether a name is that of a file in the making, or about to go. */
export function isTemporary(name: string): boolean {
  return /^\..*\.synapse-(?:tmp|aside)$/su.test(name) || name.endsWith('.part')
}

interface Record_ {
  readonly op: string
  readonly path: string
  readonly sha256?: string
  readonly target?: string
  readonly kind?: string
}

/** Returns the links of a view by its ledger. */
export function ledgerOf(root: string, ui: string, profile: string): Map<string, Record_> {
  const links = new Map<string, Record_>()
  const path = join(root, 'data/ledger/links', ui, `${profile}.jsonl`)
  for (const record of readLines<Record_>(path)) {
    if (record.op === 'remove') links.delete(record.path)
    if (record.op === 'add') links.set(record.path, record)
  }
  return links
}

/** Looks at the store of a sandbox as a person with a file manager would. */
export class Seen {
  readonly sandbox: Sandbox

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox
  }

  #at(path: string): string {
    return join(this.sandbox.root, path)
  }

  /** The stack of an interface, as `runtime.json` has it. */
  stack(ui: string): string[] {
    const runtime = readJson<{ ui: Record<string, { stack: string[] }> }>(
      this.#at('data/runtime.json'),
    )
    return runtime?.ui[ui]?.stack ?? ['global']
  }

  /** What the active link of an interface says. */
  active(ui: string): string | null {
    const path = this.#at(`data/views/${ui}/active`)
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    return stat?.isSymbolicLink() === true ? fs.readlinkSync(path) : null
  }

  /** Path → model (or digest) of what an interface sees now. */
  shown(ui: string): Record<string, string> {
    const view = fs.realpathSync(this.#at(`data/views/${ui}/active`))
    const files = walk(view).filter((entry) => entry.kind !== 'folder')
    const visible = files.filter((entry) => !isTemporary(entry.path.split('/').at(-1) ?? ''))
    return Object.fromEntries(
      visible
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map(({ path, absolute }) => [path, modelOf(digestAt(absolute))]),
    )
  }

  /** The models in `blobs/`, by name. */
  blobs(): string[] {
    const files = walk(this.#at('data/blobs/sha256')).map((entry) => entry.path.slice(3))
    return files
      .filter((name) => /^[0-9a-f]{64}$/u.test(name))
      .map(modelOf)
      .sort()
  }

  /** The models in the trash, by name. */
  trash(): string[] {
    return trashFolders(this.#at(''))
      .map((folder) => join(folder, 'blob'))
      .filter((path) => fs.existsSync(path))
      .map((path) => modelOf(digestAt(path)))
      .sort()
  }

  /** The texts of all files in quarantine. */
  quarantined(): string[] {
    const files = walk(this.#at('data/quarantine')).filter((entry) => entry.kind === 'file')
    return files
      .filter(({ path }) => basename(path) !== 'origin.json' && !isTemporary(basename(path)))
      .map(({ absolute }) => fs.readFileSync(absolute, 'utf8'))
  }

  packs(): string[] {
    return names(this.#at('state/packs'))
  }

  /** Ids of the files of a pack, with the model each is resolved to. */
  pack(name: string): Record<string, string | null> {
    interface Lock {
      resolved: { dependency_id: string; artifact: { sha256?: string } }[]
    }
    const pack = readJson<{ dependencies: { id: string }[] }>(
      this.#at(`state/packs/${name}/pack.json`),
    )
    const lock = readJson<Lock>(this.#at(`state/packs/${name}/lock.json`))
    return Object.fromEntries(
      (pack?.dependencies ?? []).map(({ id }) => {
        const found = lock?.resolved.find((one) => one.dependency_id === id)?.artifact.sha256
        return [id, found === undefined ? null : modelOf(found)]
      }),
    )
  }

  /** The packs of a profile. */
  profile(name: string): string[] {
    const profile = readJson<{ packs: { name: string }[] }>(
      this.#at(`state/profiles/${name}/profile.json`),
    )
    return (profile?.packs ?? []).map((one) => one.name)
  }

  json<T>(path: string): T | null {
    return readJson<T>(this.#at(path))
  }

  /** The text of a file. */
  bytes(path: string): string {
    return fs.readFileSync(this.#at(path), 'utf8')
  }

  digestOf(path: string): string {
    return digestAt(this.#at(path))
  }

  isLink(path: string): boolean {
    return fs.lstatSync(this.#at(path), { throwIfNoEntry: false })?.isSymbolicLink() === true
  }

  has(path: string): boolean {
    return fs.existsSync(this.#at(path))
  }

  /** The user's own files, by path below `outside/`. */
  outside(): string[] {
    return walk(this.sandbox.outside)
      .filter((entry) => entry.kind === 'file')
      .map((entry) => entry.path)
      .sort()
  }
}
