/**
 * What a power cut leaves: of the calls that were made, only what was flushed is sure to be on the
 * disk. An operation is recorded once; then every state is built that a cut may leave of it.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { Disk, isContent, type Fate, type Made } from './memory-disk.ts'
import { watching } from './watching.ts'
import type { Sandbox } from './sandbox.ts'

/** A call with its bytes; a copy counts as the write that it comes down to. */
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

/** Runs `work` and gives every call that changed the disk. */
async function recordCalls(work: () => Promise<unknown>): Promise<Made[]> {
  const calls: Made[] = []
  await watching((call) => calls.push(...asMade(call)), work)
  return calls
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

/** Records an operation; the sandbox is changed by it. */
export async function record(sandbox: Sandbox, work: () => Promise<unknown>): Promise<Recording> {
  const before = Disk.read([sandbox.folder, sandbox.other])
  const calls = await recordCalls(work)
  const disk = before.copy()
  const needs: number[][] = []
  const flushes: (number | undefined)[] = []
  const removals: (number | undefined)[] = []
  for (const call of calls) {
    removals.push(call.op === 'rmdir' ? disk.idOf(call.path) : undefined)
    const flush = call.op === 'flush' || call.op === 'flush-folder'
    flushes.push(flush ? disk.idOf(call.path) : undefined)
    const ids = flush ? [] : pathsIn(call).map((path) => disk.idOf(path))
    needs.push(ids.filter((id) => id !== undefined))
    disk.make(call, 'whole', 0)
  }
  return { before, calls, needs, flushes, removals }
}

/** Whose flush makes a call sure: a file's own for what is in it, its folder's for its name. */
function pathsIn(call: Made): string[] {
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

/** When calls are made: always the same moment, so that a seed always gives the same states. */
const WHEN = Date.UTC(2026, 0, 1)

function stateOf(recording: Recording, cut: number, fates: ReadonlyMap<number, Fate>): Disk {
  const disk = recording.before.copy()
  for (let index = 0; index < cut; index += 1) {
    const call = recording.calls[index]
    if (call !== undefined) disk.make(call, fates.get(index) ?? 'whole', WHEN + index)
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

/** A moment at which the power goes, and what became of calls that were not sure by then. */
interface Cut {
  readonly at: number
  readonly fates: ReadonlyMap<number, Fate>
}

function* cutsOf(recording: Recording, random: () => number): Generator<Cut> {
  for (let at = 0; at <= recording.calls.length; at += 1) {
    for (const fates of fatesAt(recording, at, random)) yield { at, fates }
  }
}

function describeCut({ calls }: Recording, { at, fates }: Cut): string {
  const lost = [...fates].map(([index, fate]) => {
    const call = calls[index]
    return `${fate}: ${call === undefined ? '' : say(call)}`
  })
  return `cut after ${String(at)} calls, ${lost.join('; ') || 'nothing lost'}`
}

/**
 * Returns every different state that a power cut during the operation may leave, or some `most` of
 * them.
 */
export function cutStates(recording: Recording, random: () => number, most: number): CutState[] {
  const cuts = [...cutsOf(recording, random)]
  const states = new Map<string, CutState>()
  // Many cuts leave the same state, and each takes a disk to find that out.
  for (const cut of shuffled(cuts, random)) {
    if (states.size === most) break
    const disk = stateOf(recording, cut.at, cut.fates)
    const key = disk.fingerprint()
    if (!states.has(key)) states.set(key, { how: describeCut(recording, cut), disk })
  }
  return [...states.values()]
}

/** The same in another order (Fisher and Yates). */
function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const mixed = [...all]
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const [a, b] = [mixed[last] as T, mixed[other] as T]
    mixed[last] = b
    mixed[other] = a
  }
  return mixed
}

/** Returns numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
