/** What people and other programs do to the files of a store, and to their own, in a history. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { safetensors } from '../../_support/model-bytes.ts'
import { rememberBytes } from '../invariants.ts'
import { digestAt, names, readJson, walk } from '../seen.ts'
import { blobPath, letRest, sha256Of, type Sandbox } from '../sandbox.ts'
import {
  blobsIn,
  choose,
  digestsInStore,
  documentsIn,
  isInTheMaking,
  linksIn,
  ownFiles,
  viewEntries,
} from './choices.ts'
import { beginDownload, endDownload } from './downloads.ts'
import { marksIn, whole, type Memory } from './memory.ts'
import { aliasOwn, hardLinkBlob } from './store-aliases.ts'

type Writing = (sandbox: Sandbox, memory: Memory, a: number, b: number) => void

/** A foreign file in a view: in the place of a link, beside the links, or in a new folder. */
function unmanaged(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const entries = viewEntries(sandbox.root).filter(
    (entry) => entry.kind !== 'else' && !isInTheMaking(entry),
  )
  const entry = choose(entries, a, undefined)
  if (entry === undefined || entry.kind === 'file') return
  const inside = choose(['found.safetensors', 'notes/read me.txt'], b, 'found.safetensors')
  const path = entry.kind === 'link' ? entry.absolute : join(entry.absolute, inside)
  if (entry.kind === 'link') fs.unlinkSync(path)
  if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  fs.mkdirSync(dirname(path), { recursive: true })
  const text = `the user's ${String(a)} ${String(b)}`
  const bytes = a % 2 === 0 ? Buffer.from(text) : safetensors(text)
  fs.writeFileSync(path, bytes)
  if (b % 4 > 0) letRest(path)
  memory.keep(sha256Of(bytes))
}

function unlink({ root }: Sandbox, _memory: Memory, a: number): void {
  const link = choose(linksIn(root), a, undefined)
  if (link !== undefined) fs.unlinkSync(link.absolute)
}

function repoint(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const link = choose(linksIn(sandbox.root), a, undefined)
  if (link === undefined) return
  const own = ownFiles(sandbox).map((entry) => entry.absolute)
  const blobs = blobsIn(sandbox.root).map((sha256) => join(sandbox.root, blobPath(sha256)))
  const target = choose(choose([blobs, own, ['nowhere']], b, []), a, 'nowhere')
  fs.unlinkSync(link.absolute)
  fs.symlinkSync(target, link.absolute)
  if (!blobs.includes(target)) memory.targets.add(target)
  memory.damaged.add(`2: ${link.at}`)
}

function activeElsewhere({ root }: Sandbox, memory: Memory, a: number, b: number): void {
  const ui = choose(['alpha', 'beta'], a, 'alpha')
  const active = join(root, 'data/views', ui, 'active')
  fs.rmSync(active, { force: true })
  if (b % 3 < 2) fs.symlinkSync(choose(['profiles/nowhere', 'profiles/work__Ink'], b, ''), active)
  memory.damaged.add(`1: ${ui}`)
}

function touch({ root }: Sandbox, _memory: Memory, a: number): void {
  const folder = choose(
    viewEntries(root).filter((one) => one.kind === 'folder'),
    a,
    undefined,
  )
  if (folder !== undefined) fs.utimesSync(folder.absolute, new Date(), new Date())
}

function dropEmptyFolder({ root }: Sandbox, memory: Memory, a: number): void {
  const empty = viewEntries(root).filter(
    (one) => one.kind === 'folder' && fs.readdirSync(one.absolute).length === 0,
  )
  const folder = choose(empty, a, undefined)
  if (folder === undefined) return
  fs.rmdirSync(folder.absolute)
  memory.damaged.add(`3: ${folder.at.split('/').slice(0, 2).join('/')}`)
}

/** The user opens a pack in an editor and adds a key. */
function annotate({ root }: Sandbox, memory: Memory, a: number, b: number): void {
  const name = choose(names(join(root, 'state/packs')), a, '')
  const path = join(root, 'state/packs', name, 'pack.json')
  if (memory.torn.has(path) || !fs.existsSync(path)) return
  const pack = readJson<Record<string, unknown>>(path)
  fs.writeFileSync(path, JSON.stringify({ ...pack, x_own: `mine ${String(b)}` }))
  memory.marks = whole(memory, () => marksIn(root))
}

function tear({ root }: Sandbox, memory: Memory, a: number, b: number): void {
  const path = choose(documentsIn(root), a, '')
  if (memory.torn.has(path) || !fs.existsSync(path)) return
  const text = fs.readFileSync(path, 'utf8')
  memory.torn.set(path, text)
  fs.writeFileSync(path, text.slice(0, b % (text.length - 1)))
}

/** Makes torn documents whole again, but for those that are in the trash by now. */
export function repair(_sandbox: Sandbox, memory: Memory): void {
  for (const [path, text] of memory.torn) {
    if (fs.existsSync(path)) fs.writeFileSync(path, text)
    else memory.buried.set(path, text)
  }
  memory.torn.clear()
}

/** Bytes that the user destroyed are his own loss, unless they are elsewhere too. */
function forgive(sandbox: Sandbox, memory: Memory, sha256: string): void {
  const { held, own } = rememberBytes(sandbox)
  if (held.has(sha256) || [...own.values()].includes(sha256)) return
  memory.before.held.delete(sha256)
  memory.before.metas.delete(sha256)
}

/** The user saves a file of his own. */
function save(sandbox: Sandbox, memory: Memory, path: string, text: string): void {
  fs.mkdirSync(dirname(path), { recursive: true })
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  const was = stat === undefined ? null : digestAt(path)
  // Nobody can write to what became read-only; editors then write a new file in its place.
  if (stat !== undefined && (stat.nlink > 1 || (stat.mode & 0o200) === 0)) fs.unlinkSync(path)
  fs.writeFileSync(path, text)
  memory.before.own.set(path, sha256Of(Buffer.from(text)))
  if (was !== null) forgive(sandbox, memory, was)
}

function rewriteOwn(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const file = choose(ownFiles(sandbox), a, undefined)
  if (file === undefined) return
  save(sandbox, memory, file.absolute, `rewritten ${String(b % 5)}\n`.repeat(9))
}

function discardOwn(sandbox: Sandbox, memory: Memory, a: number): void {
  const file = choose(ownFiles(sandbox), a, undefined)
  if (file === undefined) return
  const was = digestAt(file.absolute)
  memory.before.own.delete(file.absolute)
  fs.unlinkSync(file.absolute)
  forgive(sandbox, memory, was)
}

function addOwn(sandbox: Sandbox, memory: Memory, a: number, b: number): void {
  const folder = choose(['loras', 'vae', 'checkpoints', 'odd 名'], a, 'loras')
  const path = join(sandbox.outside, 'new', folder, `own ${String(b % 7)}.safetensors`)
  save(sandbox, memory, path, `own ${String(a % 5)}\n`.repeat(9))
}

function spoilIndex({ root }: Sandbox, _memory: Memory, a: number): void {
  for (const name of names(join(root, 'data')).filter((one) => one.startsWith('index.sqlite'))) {
    if (a % 2 === 0) fs.rmSync(join(root, 'data', name))
    else fs.writeFileSync(join(root, 'data', name), 'no database')
  }
}

/**
 * The user deletes a model with a file manager: that loss is his, all others stay forbidden. So is
 * that of its double that an import takes away in the same moment.
 */
function loseBlob({ root }: Sandbox, memory: Memory, a: number): void {
  const sha256 = choose(blobsIn(root), a, '')
  if (sha256 === '') return
  fs.unlinkSync(join(root, blobPath(sha256)))
  memory.before.held.delete(sha256)
  // It may have been taken in from a view.
  if (memory.kept.has(sha256) && !digestsInStore(root).has(sha256)) memory.forget(sha256)
  for (const [own, digest] of memory.before.own) {
    if (digest === sha256) memory.before.own.delete(own)
  }
  memory.lost.add(sha256)
}

function leaveJunk({ root }: Sandbox, _memory: Memory, a: number): void {
  const places = [
    'data/tmp/0.part',
    'state/.config.json.0a.synapse-tmp',
    'data/views/alpha/.active.0a.synapse-tmp',
  ]
  const path = join(root, choose(places, a, 'data/tmp/1.part'))
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, '{"half')
  letRest(path)
}

/** The end of a line that a power cut tore. */
function tearLine({ root }: Sandbox, _memory: Memory, a: number): void {
  const lists = walk(join(root, 'data')).filter((entry) => entry.path.endsWith('.jsonl'))
  const list = choose(lists, a, undefined)
  if (list !== undefined) fs.appendFileSync(list.absolute, '{"id":"0189')
}

/** What may be done; each choice of `a` and `b` makes sense of whatever is there. */
export const WRITES = {
  unmanaged,
  unlink,
  repoint,
  activeElsewhere,
  touch,
  dropEmptyFolder,
  annotate,
  tear,
  repair,
  rewriteOwn,
  discardOwn,
  addOwn,
  spoilIndex,
  loseBlob,
  leaveJunk,
  tearLine,
  hardLinkBlob,
  aliasOwn,
  beginDownload,
  endDownload,
} satisfies Record<string, Writing>

/** The name of a write. */
export type WriteName = keyof typeof WRITES

/** A change by another program to the files of the store, or of the user. */
export interface Write {
  readonly write: WriteName
  readonly a: number
  readonly b: number
}
