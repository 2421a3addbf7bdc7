/**
 * What a crash and a power cut leave. A crash: every call that changes the disk fails from some
 * call on, and what was in memory is thrown away. A power cut: of the calls that were made, only
 * what was flushed is sure to be on the disk.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { CreateOptions, Synapse } from '../../sidecar/http/create-synapse.ts'
import { observeDisk, type DiskCall, type DiskObserver } from '../../sidecar/platform/disk-calls.ts'
import { openHashPool, type HashPool } from '../../sidecar/platform/hash-pool.ts'
import { brokenInvariants, rememberBytes, type Before } from './invariants.ts'
import type { Operation } from './operations/operation.ts'
import { names, Seen } from './seen.ts'
import {
  FAST,
  digestOf,
  makeWorld,
  openWorld,
  tolerating,
  worldAt,
  type Start,
  type World,
} from './world.ts'

let pool: HashPool | undefined

/** Opens a world whose hashing threads are shared by all that this process opens: they start slowly. */
export async function openQuick(world: World, more: Partial<CreateOptions> = {}): Promise<Synapse> {
  pool ??= openHashPool({ restMs: 120_000 })
  const synapse = await openWorld(world, { checkAnswers: true, ...more })
  Object.assign(synapse.services, { pool })
  return synapse
}

/** Closes what {@link openQuick} opened, whatever that says. */
export async function closeQuick(synapse: Synapse): Promise<void> {
  await Promise.resolve(synapse[Symbol.asyncDispose]()).catch(() => undefined)
}

/** What the probe of the volume does says nothing about an operation. */
function isProbe(call: DiskCall): boolean {
  return /\/\.probe\.[^/]*\.synapse-tmp/u.test(call.path)
}

/** Lets `observer` see each call that `run` makes, but for those that try the volume out. */
export async function watching<T>(observer: DiskObserver, run: () => Promise<T>): Promise<T> {
  const before = observeDisk((call) => {
    if (!isProbe(call)) observer(call)
  })
  try {
    return await run()
  } finally {
    observeDisk(before)
  }
}

/** Thrown by every call that changes the disk, once the process counts as dead. */
export class Crash extends Error {
  constructor() {
    super('The process is dead')
  }
}

const isIndex = (name: string) => name.startsWith('index.sqlite')

/** The index as it stands; writes to it pass by the observer. */
function rememberIndex(root: string): () => void {
  const data = join(root, 'data')
  const kept = names(data)
    .filter(isIndex)
    .map((name) => [name, fs.readFileSync(join(data, name))] as const)
  return () => {
    for (const name of names(data).filter(isIndex)) fs.rmSync(join(data, name))
    for (const [name, bytes] of kept) {
      if (!name.endsWith('-shm')) fs.writeFileSync(join(data, name), bytes)
    }
  }
}

/**
 * Runs `act` until its n-th call that changes the disk, from which on nothing reaches it; then
 * closes `synapse`, and the disk is as a killed process left it.
 * @returns how many calls there were, and whether the n-th was among them
 */
export async function crashAt(
  at: number,
  { root }: World,
  synapse: Synapse,
  act: () => Promise<unknown>,
): Promise<{ readonly calls: number; readonly crashed: boolean }> {
  let calls = 0
  let restore: (() => void) | undefined
  const observer = () => {
    calls += 1
    if (calls === at) restore = rememberIndex(root)
    if (restore !== undefined) throw new Crash()
  }
  await watching(observer, async () => {
    await act().catch(() => undefined)
    await closeQuick(synapse)
  })
  restore?.()
  return { calls, crashed: restore !== undefined }
}

/** Copies a folder with times and links, by itself: much faster than a program. */
export function copyFolder(from: string, to: string): void {
  fs.mkdirSync(to)
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyFolder(source, target)
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target)
    else fs.copyFileSync(source, target)
    if (!entry.isDirectory()) keepTime(source, target)
  }
  keepTime(from, to)
}

function keepTime(from: string, to: string): void {
  const { atimeMs, mtimeMs } = fs.lstatSync(from)
  fs.lutimesSync(to, atimeMs / 1000, mtimeMs / 1000)
}

/** A place where worlds are built and set back, always at one path: paths in journals stay true. */
export class Stage implements Disposable {
  readonly world: World
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.world = worldAt(join(folder, 'world'))
    fs.mkdirSync(this.world.other)
  }

  /** Opens a stage in memory, or on another volume; worlds that begin like `starts` are ready in it. */
  static async open(
    name: string,
    starts: readonly Start[] = ['base'],
    volume: string = FAST,
  ): Promise<Stage> {
    const folder = fs.mkdtempSync(join(volume, `synapse-${name}-`))
    const stage = new Stage(fs.realpathSync(folder))
    process.once('exit', stage.#leave)
    for (const start of starts) {
      await makeWorld(stage.world, start)
      stage.keep(start)
    }
    return stage
  }

  /** Keeps the world as it is now under a name. */
  keep(name: string): void {
    fs.rmSync(join(this.#folder, name), { recursive: true, force: true })
    copyFolder(this.world.folder, join(this.#folder, name))
  }

  /** Sets the world back to what was kept. */
  setBack(name: string): void {
    fs.rmSync(this.world.folder, { recursive: true, force: true })
    copyFolder(join(this.#folder, name), this.world.folder)
  }

  /** Sets the world up for an operation and keeps it as `prepared`. */
  async prepare(row: Operation): Promise<Case> {
    this.setBack(row.start ?? 'base')
    let note: string | undefined
    if (row.prepare !== undefined) {
      const synapse = await openQuick(this.world)
      note = await row.prepare(synapse.client, this.world)
      await closeQuick(synapse)
    }
    this.keep('prepared')
    const { world } = this
    const kept = rememberBytes(world)
    return { world, row, note: note ?? '', kept, excused: brokenBefore(world, kept) }
  }

  readonly #leave = (): void => {
    fs.rmSync(this.#folder, { recursive: true, force: true })
  };

  [Symbol.dispose](): void {
    process.off('exit', this.#leave)
    this.#leave()
  }
}

/** An operation on the stage, and what may not be lost by it. */
export interface Case {
  readonly world: World
  readonly row: Operation
  readonly note: string
  readonly kept: Before
  readonly excused: ReadonlySet<string>
}

/** What is wrong once the next holder of the lock has finished what was open. */
export async function problemsAfter(synapse: Synapse, one: Case): Promise<string[]> {
  const { world, row, kept, excused } = one
  const { store } = synapse.services
  if (!store.reader.initialized) return []
  await store.transact('test', () => Promise.resolve())
  if (row.start === 'python') return []
  const problems = brokenInvariants(world, kept, {
    mayGo: (row.mayGo ?? []).map(digestOf),
    foreign: new Set(row.foreign),
  })
  return problems.filter((problem) => !excused.has(placeOf(problem)))
}

/** Which invariant, and where. */
const placeOf = (problem: string) => problem.split(' ', 2).join(' ')

/** What was broken by others before an operation, and need not be whole until it is done. */
function brokenBefore(world: World, kept: Before): ReadonlySet<string> {
  return new Set(brokenInvariants(world, kept).map(placeOf))
}

/** A link in a view of the Python program that was never shown since: it is taken over when it is. */
function isOfOthers({ root }: World, problem: string): boolean {
  const [, ui, profile] = /^2: (.+?)\/(.+?)\/.* is not in the ledger$/u.exec(problem) ?? []
  if (ui === undefined || profile === undefined) return false
  return !fs.existsSync(join(root, 'data/ledger/links', ui, `${profile}.jsonl`))
}

/** Repeats an operation that did not come to its end. @returns what is wrong after it */
export async function problemsOfRepeating(synapse: Synapse, one: Case): Promise<string[]> {
  const { world, row, note, kept } = one
  await tolerating(row.done ?? [], () => Promise.resolve(row.run(synapse.client, world, note)))
  const broken = brokenInvariants(world, kept, {
    mayGo: (row.mayGo ?? []).map(digestOf),
    foreign: new Set(row.foreign),
  })
  const problems = broken.filter((problem) => !isOfOthers(world, problem))
  try {
    row.settled(new Seen(world))
  } catch (error) {
    problems.push(`not settled: ${error instanceof Error ? error.message : ''}`)
  }
  return problems
}

// ---- A power cut

/** A call as it was made, the bytes that it wrote kept. */
type Made = Exclude<DiskCall, { op: 'copy' | 'write' }> | WrittenCall
interface WrittenCall {
  readonly op: 'write'
  readonly path: string
  readonly at: number
  readonly bytes: Uint8Array
}

function asMade(call: DiskCall): Made[] {
  if (call.op === 'write') return [{ ...call, bytes: Buffer.from(call.bytes) }]
  if (call.op !== 'copy') return [call]
  const written = {
    op: 'write',
    path: call.path,
    at: 0,
    bytes: fs.readFileSync(call.from),
  } as const
  // A clone makes its file, a copy writes into one that was just made.
  return fs.existsSync(call.path)
    ? [written]
    : [{ op: 'create', path: call.path, mode: 0o644 }, written]
}

/** Runs `act` and gives every call that changed the disk. */
export async function recordCalls(act: () => Promise<unknown>): Promise<Made[]> {
  const calls: Made[] = []
  await watching((call) => calls.push(...asMade(call)), act)
  return calls
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

type ContentCall = Extract<Made, { op: 'write' | 'truncate' | 'chmod' | 'utimes' }>
type NameCall = Extract<Made, { op: 'create' | 'symlink' | 'mkdir' | 'link' }>

function isContent(call: Made): call is ContentCall {
  return ['write', 'truncate', 'chmod', 'utimes'].includes(call.op)
}

/** How much of a call reached the disk. */
export type Fate = 'whole' | 'lost' | 'torn' | 'zeros'

/** A disk in memory: a node for each name, the same one for two names of one file. */
class Disk {
  readonly #names: Map<string, number>
  readonly #nodes: Map<number, Node>
  #nextId: number

  constructor(names_: Map<string, number>, nodes: Map<number, Node>, nextId: number) {
    this.#names = names_
    this.#nodes = nodes
    this.#nextId = nextId
  }

  /** What lies below some folders; those that are absent are left out. */
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

  /** The identity of what bears a name; undefined where nothing does. */
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

  #remove(path: string): void {
    if ([...this.#names.keys()].some((name) => name.startsWith(`${path}/`))) return
    this.#names.delete(path)
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
    if (id === undefined || !this.#hasFolder(to)) return
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

  /** Makes real folders hold what this disk does. */
  write(folders: readonly string[]): void {
    for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true })
    const first = new Map<number, string>()
    const paths = [...this.#names.keys()].sort()
    for (const path of paths) this.#writeNode(path, first)
    for (const path of paths.toReversed()) {
      const at = (this.#nodes.get(this.#names.get(path) ?? 0)?.at ?? 0) / 1000
      fs.lutimesSync(path, at, at)
    }
  }

  #writeNode(path: string, first: Map<number, string>): void {
    const node = this.#nodes.get(this.#names.get(path) ?? 0)
    if (node === undefined) return
    const other = first.get(node.id)
    if (node.kind === 'folder') fs.mkdirSync(path, { recursive: true })
    else if (node.kind === 'link') fs.symlinkSync(node.target, path)
    else if (other === undefined) fs.writeFileSync(path, node.bytes, { mode: node.mode })
    else fs.linkSync(other, path)
    first.set(node.id, path)
  }
}

/** The disk before an operation, and every call that it made. */
export interface Recording {
  readonly before: Disk
  readonly calls: readonly Made[]
  /** For each call: the identities that must be flushed after it for it to be sure. */
  readonly needs: readonly (readonly number[])[]
  /** For each flush: the identity that it flushes. */
  readonly flushes: readonly (number | undefined)[]
  /** For each removal of a folder: its identity. */
  readonly removals: readonly (number | undefined)[]
}

/** Records an operation; the world is changed by it. */
export async function record(world: World, act: () => Promise<unknown>): Promise<Recording> {
  const before = Disk.read([world.folder, world.other])
  const calls = await recordCalls(act)
  const disk = before.copy()
  const needs: number[][] = []
  const flushes: (number | undefined)[] = []
  const removals: (number | undefined)[] = []
  for (const call of calls) {
    removals.push(call.op === 'rmdir' ? disk.idOf(call.path) : undefined)
    const flush = call.op === 'flush' || call.op === 'flush-folder'
    flushes.push(flush ? disk.idOf(call.path) : undefined)
    const ids = flush ? [] : placesOf(call).map((path) => disk.idOf(path))
    needs.push(ids.filter((id) => id !== undefined))
    disk.make(call, 'whole', 0)
  }
  return { before, calls, needs, flushes, removals }
}

/** Whose flush makes a call sure: a file's own for what is in it, its folder's for its name. */
function placesOf(call: Made): string[] {
  if (isContent(call)) return [call.path]
  if (call.op === 'rename') return [...new Set([dirname(call.from), dirname(call.path)])]
  return [dirname(call.path)]
}

/** Calls before the cut that no flush has made sure. */
function unsureBefore(recording: Recording, cut: number): number[] {
  const unsure: number[] = []
  const flushed = new Set<number>()
  for (let index = cut - 1; index >= 0; index -= 1) {
    const flush = recording.flushes[index]
    if (flush !== undefined) flushed.add(flush)
    const needs = recording.needs[index] ?? []
    const removed = recording.removals[index]
    if (!needs.every((id) => flushed.has(id))) unsure.push(index)
    // A folder that is gone for sure was empty for sure.
    else if (removed !== undefined) flushed.add(removed)
  }
  return unsure.reverse()
}

/** A state of the disk that a power cut may leave, and how it came about. */
export interface CutState {
  readonly how: string
  readonly disk: Disk
}

function stateOf(recording: Recording, cut: number, fates: ReadonlyMap<number, Fate>): Disk {
  const disk = recording.before.copy()
  const now = Date.now()
  for (let index = 0; index < cut; index += 1) {
    const call = recording.calls[index]
    if (call !== undefined) disk.make(call, fates.get(index) ?? 'whole', now + index)
  }
  return disk
}

const say = ({ op, path }: Made) => `${op} ${path.split('/').slice(-3).join('/')}`

/** The fates to try at one cut: all lost, each alone lost or torn, and some at random. */
function fatesAt(recording: Recording, cut: number, random: () => number): Map<number, Fate>[] {
  const unsure = unsureBefore(recording, cut)
  const isWrite = (index: number) => recording.calls[index]?.op === 'write'
  const bad = (index: number): Fate[] => (isWrite(index) ? ['lost', 'torn', 'zeros'] : ['lost'])
  const all = new Map<number, Fate>(unsure.map((index) => [index, 'lost']))
  const single = unsure.flatMap((index) => bad(index).map((fate) => new Map([[index, fate]])))
  const some = Array.from({ length: unsure.length > 1 ? 3 : 0 }, () => {
    const lost = unsure.filter(() => random() < 0.5)
    return new Map<number, Fate>(
      lost.map((index) => [index, bad(index)[Math.floor(random() * bad(index).length)] ?? 'lost']),
    )
  })
  return [all, ...single, ...some]
}

/** Every different state that a power cut during the operation may leave, or some `most` of them. */
export function cutStates(recording: Recording, random: () => number, most: number): CutState[] {
  const states = new Map<string, CutState>()
  for (let cut = 0; cut <= recording.calls.length; cut += 1) {
    for (const fates of fatesAt(recording, cut, random)) {
      const disk = stateOf(recording, cut, fates)
      const key = disk.fingerprint()
      if (states.has(key)) continue
      const lost = [...fates].map(([index, fate]) => {
        const call = recording.calls[index]
        return `${fate}: ${call === undefined ? '' : say(call)}`
      })
      states.set(key, {
        how: `cut after ${String(cut)} calls, ${lost.join('; ') || 'nothing lost'}`,
        disk,
      })
    }
  }
  const all = [...states.values()]
  if (all.length <= most) return all
  return all.filter(() => random() < most / all.length)
}

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
