/** What a history remembers: what must still be there, and what was done to it from outside. */
import fs from 'node:fs'
import { join } from 'node:path'
import { rememberBytes, type Before } from '../invariants.ts'
import { digestAt, names, readJson, type Entry } from '../seen.ts'
import type { Sandbox } from '../sandbox.ts'

/** A download that stalls: half of it stands under its final name, and the file is still open. */
export interface Download {
  readonly fd: number
  readonly path: string
  readonly inView: boolean
}

/** What a history remembers of what must still be there. */
export class Memory {
  before: { held: Set<string>; metas: Map<string, string>; own: Map<string, string> }
  /** Digests of foreign files in views. */
  readonly unmanaged = new Set<string>()
  /** Those of them that have not become models yet: they must lie somewhere. */
  readonly kept = new Set<string>()
  /** Targets of foreign links. */
  readonly targets = new Set<string>()
  /** Beginnings of problems that were caused from outside and not to be repaired yet. */
  readonly damaged = new Set<string>()
  /** Documents torn by hand, as they were. */
  readonly torn = new Map<string, string>()
  /** Torn documents that went to the trash with their pack. */
  readonly buried = new Map<string, string>()
  /** Files that some program still writes to. */
  readonly downloads: Download[] = []
  /** Models that were deleted by hand. */
  readonly lost = new Set<string>()
  /** What people wrote into packs. */
  marks: string[] = []

  constructor(sandbox: Sandbox) {
    const { held, metas, own } = rememberBytes(sandbox)
    this.before = { held: new Set(held), metas: new Map(metas), own: new Map(own) }
  }

  /** Takes in what is there now, beside what was there before. */
  learn(sandbox: Sandbox, mayGo: readonly string[]): void {
    const now: Before = rememberBytes(sandbox)
    const gone = mayGo.filter((sha256) => !now.held.has(sha256))
    this.before = {
      held: new Set([...this.before.held, ...now.held]),
      metas: new Map([...this.before.metas, ...now.metas]),
      own: new Map(now.own),
    }
    for (const sha256 of gone) {
      this.before.held.delete(sha256)
      this.before.metas.delete(sha256)
    }
    for (const sha256 of now.held) this.kept.delete(sha256)
  }

  /** Remembers foreign bytes in a view: they must be somewhere from now on. */
  keep(sha256: string): void {
    this.unmanaged.add(sha256)
    this.kept.add(sha256)
  }

  /** Forgets foreign bytes that their owner has changed. */
  forget(sha256: string): void {
    this.unmanaged.delete(sha256)
    this.kept.delete(sha256)
  }

  /** Reports whether an entry of a view is foreign, not one of our links. */
  isForeign({ kind, absolute }: Pick<Entry, 'absolute' | 'kind'>): boolean {
    if (kind === 'file') return this.unmanaged.has(digestAt(absolute))
    return kind === 'link' && this.targets.has(fs.readlinkSync(absolute))
  }
}

/** Runs `look` while torn documents are whole, since it reads them. */
export function whole<T>(memory: Memory, look: () => T): T {
  const there = [...memory.torn].filter(([path]) => fs.existsSync(path))
  const torn = there.map(([path]) => [path, fs.readFileSync(path)] as const)
  for (const [path, text] of there) fs.writeFileSync(path, text)
  try {
    return look()
  } finally {
    for (const [path, bytes] of torn) fs.writeFileSync(path, bytes)
  }
}

/** Returns what people wrote into packs, in order. */
export function marksIn(root: string): string[] {
  const packs = join(root, 'state/packs')
  return names(packs)
    .flatMap((name) => {
      const mark = readJson<{ x_own?: string }>(join(packs, name, 'pack.json'))?.x_own
      return mark === undefined ? [] : [mark]
    })
    .sort()
}
