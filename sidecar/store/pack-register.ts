/**
 * The packs that this store has had, and which of them the user removed. `state/` may disappear
 * with a disk or a git branch; the register is kept in `data/`, beside the models.
 */
import * as v from 'valibot'
import { SafePart, type PackName } from '../../schemas/ids.ts'
import { lineText } from '../../schemas/json.ts'
import { fileFingerprint } from './documents.ts'
import type { Step } from './steps.ts'
import { readLines } from './lines.ts'
import type { StorePaths } from './store-paths.ts'

/** A line of `data/ledger/packs.jsonl`: a pack was seen, with or without its lock, or removed. */
const PackLine = v.variant('op', [
  v.looseObject({ op: v.literal('seen'), pack: SafePart, lock: v.boolean() }),
  v.looseObject({ op: v.literal('gone'), pack: SafePart }),
])
type PackLine = v.InferOutput<typeof PackLine>

/** What is known of a pack that existed. */
export interface KnownPack {
  /** True where it had a lock, which names its models. */
  readonly lock: boolean
}

/** Packs that existed and were not removed; `gone`: those that were removed. */
export interface PackRegister {
  /** False where nothing was ever recorded: a store of an older version. */
  readonly written: boolean
  readonly known: ReadonlyMap<PackName, KnownPack>
  readonly gone: ReadonlySet<PackName>
}

function fold(lines: readonly PackLine[]): PackRegister {
  const known = new Map<PackName, KnownPack>()
  const gone = new Set<PackName>()
  for (const line of lines) {
    const name = line.pack as string as PackName
    if (line.op === 'seen') {
      known.set(name, { lock: line.lock })
      gone.delete(name)
    } else {
      known.delete(name)
      gone.add(name)
    }
  }
  return { written: lines.length > 0, known, gone }
}

/** Reads the register of one store, again once its file has changed. */
export class PackRegisterReader {
  readonly #path: string
  #held: { readonly fingerprint: string | null; readonly register: PackRegister } | null = null

  constructor(paths: StorePaths) {
    this.#path = paths.packRegister
  }

  /** @throws disk.* */
  read(): PackRegister {
    const fingerprint = fileFingerprint(this.#path)
    if (this.#held === null || this.#held.fingerprint !== fingerprint) {
      this.#held = { fingerprint, register: fold(readLines(this.#path, PackLine).records) }
    }
    return this.#held.register
  }
}

/** Returns the line that records a pack as present, with or without a lock. */
export function seenLine(pack: PackName, lock: boolean): string {
  return lineText({ op: 'seen', pack, lock })
}

const PACK_FILE = /^state\/packs\/(?<pack>[^/]+)(?:\/(?<file>pack\.json|lock\.json))?$/u

/** Reports whether a step removes a document. */
function takesDocument(step: Step): step is Extract<Step, { do: 'write' | 'patch' }> {
  return step.do === 'patch' ? step.to === null : step.do === 'write' && step.after === null
}

/** The pack whose document or whole folder a step removes; null for none. */
function taken(step: Step): { readonly pack: PackName; readonly lockOnly: boolean } | null {
  const path = step.do === 'move' ? step.from : takesDocument(step) ? step.path : ''
  const { pack, file } = PACK_FILE.exec(path)?.groups ?? {}
  if (pack === undefined) return null
  return { pack: pack as PackName, lockOnly: file === 'lock.json' }
}

/**
 * Returns the steps that record in the register which packs or locks an operation removes: one that
 * disappears without such a line counts as missing.
 */
export function registerSteps(paths: StorePaths, steps: readonly Step[]): Step[] {
  const packs = Map.groupBy(
    steps.flatMap((step) => taken(step) ?? []),
    ({ pack }) => pack,
  )
  return [...packs].map(([pack, all]): Step => {
    const lockOnly = all.every((one) => one.lockOnly)
    const text = lockOnly ? seenLine(pack, false) : lineText({ op: 'gone', pack })
    return { do: 'line', path: paths.relative(paths.packRegister), text }
  })
}

/** Returns the step that records that the user gave up a missing pack. */
export function goneStep(paths: StorePaths, pack: PackName): Step {
  const text = lineText({ op: 'gone', pack })
  return { do: 'line', path: paths.relative(paths.packRegister), text }
}
