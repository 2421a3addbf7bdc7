/** A disk in memory: calls are made on it in part or not at all, then it is written out. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'

/** A call as it was made, the bytes that it wrote kept. */
export type Made = Exclude<DiskCall, { op: 'copy' | 'write' }> | WrittenCall
interface WrittenCall {
  readonly op: 'write'
  readonly path: string
  readonly at: number
  readonly bytes: Uint8Array
}

interface File {
  readonly kind: 'file'
  readonly id: number
  readonly bytes: Buffer
  readonly mode: number
  readonly at: number
}
interface Folder {
  readonly kind: 'folder'
  readonly id: number
  readonly at: number
}
interface Link {
  readonly kind: 'link'
  readonly id: number
  readonly target: string
  readonly at: number
}
type Node = File | Folder | Link

/** A call that changes what has a name: bytes, mode or times. */
export type ContentCall = Extract<Made, { op: 'write' | 'truncate' | 'chmod' | 'utimes' }>
type NameCall = Extract<Made, { op: 'create' | 'symlink' | 'mkdir' | 'link' }>

/** Reports whether a call changes what has a name, not the name. */
export function isContent(call: Made): call is ContentCall {
  return ['write', 'truncate', 'chmod', 'utimes'].includes(call.op)
}

/** How much of a call reached the disk. */
export type Fate = 'whole' | 'lost' | 'torn' | 'zeros'

/** A disk in memory: a node for each name, the same one for two names of one file. */
export class Disk {
  readonly #names: Map<string, number>
  readonly #nodes: Map<number, Node>
  #nextId: number

  constructor(names_: Map<string, number>, nodes: Map<number, Node>, nextId: number) {
    this.#names = names_
    this.#nodes = nodes
    this.#nextId = nextId
  }

  /** What is below some folders; those that are absent are left out. */
  static read(folders: readonly string[]): Disk {
    const disk = new Disk(new Map(), new Map(), 1)
    for (const folder of folders) if (fs.existsSync(folder)) disk.#read(folder)
    return disk
  }

  #read(path: string): void {
    const stat = fs.lstatSync(path)
    const at = stat.mtimeMs
    if (stat.isDirectory()) {
      this.#add(path, { kind: 'folder', at })
      for (const name of fs.readdirSync(path)) this.#read(join(path, name))
    } else if (stat.isSymbolicLink()) {
      this.#add(path, { kind: 'link', target: fs.readlinkSync(path), at })
    } else {
      this.#add(path, { kind: 'file', bytes: fs.readFileSync(path), mode: stat.mode & 0o7777, at })
    }
  }

  copy(): Disk {
    return new Disk(new Map(this.#names), new Map(this.#nodes), this.#nextId)
  }

  #add(path: string, node: Omit<File, 'id'> | Omit<Folder, 'id'> | Omit<Link, 'id'>): void {
    const id = this.#nextId++
    this.#nodes.set(id, { ...node, id })
    this.#names.set(path, id)
  }

  /** The identity of what has a name; undefined where nothing does. */
  idOf(path: string): number | undefined {
    return this.#names.get(path)
  }

  #file(path: string): File | undefined {
    const node = this.#nodes.get(this.#names.get(path) ?? 0)
    return node?.kind === 'file' ? node : undefined
  }

  #hasFolder(path: string): boolean {
    return this.#nodes.get(this.#names.get(dirname(path)) ?? 0)?.kind === 'folder'
  }

  /** Makes a call as far as it reached the disk; one whose ground is missing does nothing. */
  make(call: Made, fate: Fate, now: number): void {
    if (fate === 'lost' || call.op === 'flush' || call.op === 'flush-folder') return
    if (call.op === 'unlink' || call.op === 'rmdir') this.#remove(call.path)
    else if (call.op === 'rename') this.#rename(call.from, call.path)
    else if (isContent(call)) this.#changeContent(call, fate, now)
    else if (this.#isFree(call.path)) this.#makeName(call, now)
  }

  #isFree(path: string): boolean {
    return this.#hasFolder(path) && !this.#names.has(path)
  }

  #makeName(call: NameCall, now: number): void {
    const { path } = call
    if (call.op === 'create') {
      this.#add(path, { kind: 'file', bytes: Buffer.alloc(0), mode: call.mode, at: now })
    } else if (call.op === 'symlink') {
      this.#add(path, { kind: 'link', target: call.target, at: now })
    } else if (call.op === 'mkdir') this.#add(path, { kind: 'folder', at: now })
    else {
      const id = this.#names.get(call.from)
      if (id !== undefined) this.#names.set(path, id)
    }
  }

  #changeContent(call: ContentCall, fate: Fate, now: number): void {
    const { path } = call
    if (call.op === 'write') this.#write(call, fate, now)
    else if (call.op === 'truncate') {
      this.#change(path, (file) => ({ ...file, bytes: file.bytes.subarray(0, call.size) }))
    } else if (call.op === 'chmod') this.#change(path, (file) => ({ ...file, mode: call.mode }))
    else {
      const node = this.#nodes.get(this.#names.get(path) ?? 0)
      if (node !== undefined) this.#nodes.set(node.id, { ...node, at: call.at })
    }
  }

  #holdsAnything(path: string): boolean {
    return [...this.#names.keys()].some((name) => name.startsWith(`${path}/`))
  }

  #remove(path: string): void {
    if (!this.#holdsAnything(path)) this.#names.delete(path)
  }

  #change(path: string, change: (file: File) => File): void {
    const file = this.#file(path)
    if (file !== undefined) this.#nodes.set(file.id, change(file))
  }

  #write({ path, at, bytes }: WrittenCall, fate: Fate, now: number): void {
    const reached = fate === 'torn' ? bytes.subarray(0, bytes.length >> 1) : bytes
    this.#change(path, (file) => {
      const whole = Buffer.alloc(Math.max(file.bytes.length, at + reached.length))
      file.bytes.copy(whole)
      if (fate !== 'zeros') whole.set(reached, at)
      return { ...file, bytes: whole, at: now }
    })
  }

  #rename(from: string, to: string): void {
    const id = this.#names.get(from)
    if (id === undefined || !this.#hasFolder(to) || this.#holdsAnything(to)) return
    for (const [name, below] of [...this.#names]) {
      if (!name.startsWith(`${from}/`)) continue
      this.#names.delete(name)
      this.#names.set(to + name.slice(from.length), below)
    }
    this.#names.delete(from)
    this.#names.set(to, id)
  }

  /** The same for two disks that hold the same. */
  fingerprint(): string {
    const hash = createHash('sha256')
    for (const name of [...this.#names.keys()].sort()) {
      const node = this.#nodes.get(this.#names.get(name) ?? 0)
      if (node === undefined) continue
      hash.update(`${name}\0${node.kind}\0`)
      if (node.kind === 'file') hash.update(node.bytes).update(String(node.mode))
      if (node.kind === 'link') hash.update(node.target)
      if (node.kind === 'folder') hash.update(String(node.at))
    }
    return hash.digest('hex')
  }

  /**
   * Makes real folders hold what this disk does. What stands there under the same name stays the
   * same file or folder, for no power cut gives it another inode.
   */
  write(folders: readonly string[]): void {
    for (const folder of folders) this.#removeOthers(folder)
    const first = new Map<number, string>()
    const paths = [...this.#names.keys()].sort()
    for (const path of paths) this.#writeNode(path, first)
    for (const path of paths.toReversed()) {
      const at = (this.#nodes.get(this.#names.get(path) ?? 0)?.at ?? 0) / 1000
      fs.lutimesSync(path, at, at)
    }
  }

  #removeOthers(path: string): void {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return
    const kind = this.#nodes.get(this.#names.get(path) ?? 0)?.kind
    const isFile = kind === 'file' && stat.isFile() && stat.nlink === 1
    if (kind === 'folder' && stat.isDirectory()) {
      for (const name of fs.readdirSync(path)) this.#removeOthers(join(path, name))
    } else if (!isFile) fs.rmSync(path, { recursive: true })
  }

  #writeNode(path: string, first: Map<number, string>): void {
    const node = this.#nodes.get(this.#names.get(path) ?? 0)
    if (node === undefined) return
    const other = first.get(node.id)
    if (node.kind === 'folder') fs.mkdirSync(path, { recursive: true })
    else if (node.kind === 'link') fs.symlinkSync(node.target, path)
    else if (other === undefined) writeFile(path, node)
    else {
      fs.rmSync(path, { force: true })
      fs.linkSync(other, path)
    }
    first.set(node.id, path)
  }
}

function writeFile(path: string, { bytes, mode }: File): void {
  if (fs.existsSync(path)) fs.chmodSync(path, 0o600)
  fs.writeFileSync(path, bytes)
  fs.chmodSync(path, mode)
}
