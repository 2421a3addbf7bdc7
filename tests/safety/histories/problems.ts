/** What is wrong after a step, but for what others did and nobody was asked to repair. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { brokenInvariants, openOperations } from '../invariants.ts'
import { LONG_AGO, type Sandbox } from '../sandbox.ts'
import { digestsInStore, documentsIn, linksIn, viewEntries } from './choices.ts'
import { whole, type Memory } from './memory.ts'

/** Paths of views where something foreign stands. */
function foreignPaths(sandbox: Sandbox, memory: Memory): Set<string> {
  const entries = viewEntries(sandbox.root).filter((entry) => memory.isForeign(entry))
  return new Set(entries.map((entry) => entry.at))
}

/** A program is still writing to a file in a view. */
function freshUnmanaged(sandbox: Sandbox): boolean {
  return viewEntries(sandbox.root).some(
    ({ absolute, kind }) => kind === 'file' && fs.statSync(absolute).mtimeMs > LONG_AGO * 1000,
  )
}

/** Unmanaged files that lie nowhere any more. */
function lostUnmanaged({ root }: Sandbox, memory: Memory): string[] {
  if (memory.kept.size === 0) return []
  const there = digestsInStore(root)
  return [...memory.kept].filter((one) => !there.has(one)).map((one) => `unmanaged: ${one} is lost`)
}

/** A torn document may go with its pack and come back, but nobody may write over it. */
function overwritten(memory: Memory): string[] {
  const readAt = (path: string) => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null)
  for (const [path, text] of memory.buried) {
    const now = readAt(path)
    if (now === null) continue
    memory.buried.delete(path)
    if (now !== text && text.startsWith(now)) memory.torn.set(path, text)
  }
  return [...memory.torn].flatMap(([path, text]) => {
    const now = readAt(path)
    if (now !== null && text.startsWith(now)) return []
    memory.torn.delete(path)
    if (now === null) memory.buried.set(path, text)
    return now === null ? [] : [`documents: ${path} was torn, and is overwritten`]
  })
}

/** A torn document goes where its pack is renamed to. */
function followTorn({ root }: Sandbox, memory: Memory): void {
  for (const [path, text] of memory.torn) {
    if (fs.existsSync(path)) continue
    const isIt = (other: string) => {
      const now = fs.readFileSync(other, 'utf8')
      return text.startsWith(now) && now.length < text.length - 1
    }
    const moved = documentsIn(root).find(
      (other) => basename(other) === basename(path) && !memory.torn.has(other) && isIt(other),
    )
    if (moved === undefined) continue
    memory.torn.delete(path)
    memory.torn.set(moved, text)
  }
}

/** Links to models that were deleted by hand stay until the next check. */
function excuseLost({ root }: Sandbox, memory: Memory): void {
  for (const { at, absolute } of linksIn(root)) {
    if (memory.lost.has(basename(fs.readlinkSync(absolute)))) memory.damaged.add(`2: ${at}`)
  }
}

/** Returns everything that is wrong, but for what others did and nobody was asked to repair. */
export function problemsOf(sandbox: Sandbox, memory: Memory, mayGo: readonly string[]): string[] {
  followTorn(sandbox, memory)
  const held = overwritten(memory)
  return whole(memory, () => {
    excuseLost(sandbox, memory)
    if (memory.buried.size > 0) memory.damaged.add(`documents: ${join(sandbox.root, 'data/trash')}`)
    const waits =
      openOperations(sandbox.root).length > 0 && (memory.torn.size > 0 || freshUnmanaged(sandbox))
    const excused = waits ? [...memory.damaged, 'journal:', '1:', '2:', '3:'] : [...memory.damaged]
    const broken = brokenInvariants(sandbox, memory.before, {
      mayGo,
      foreign: foreignPaths(sandbox, memory),
    })
    const found = broken.filter((problem) => !excused.some((excuse) => problem.startsWith(excuse)))
    return [...held, ...found, ...lostUnmanaged(sandbox, memory)]
  })
}
