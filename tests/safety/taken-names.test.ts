/**
 * Another program puts a file of its own under a name in the very moment before a call removes,
 * replaces or moves what had that name: the file must survive the operation, wherever it is then.
 */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { isAsideName } from '../../sidecar/platform/aside-name.ts'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { isTemporaryName } from '../../sidecar/platform/temporary-names.ts'
import { safetensors } from '../_support/model-bytes.ts'
import { ONE_VOLUME, opened, reportedCodes } from './bad-disks.ts'
import { prepareCase, problemsAfter, type Case } from './case.ts'
import { crashAt } from './crash-at.ts'
import type { Operation } from './operations.ts'
import { digestAt, walk } from './seen.ts'
import { openQuick, sha256Of, type Sandbox } from './sandbox.ts'
import { Snapshots } from './snapshots.ts'
import { FULL, sizeOf, someOf } from './thorough.ts'

/** So many names of each operation are taken. */
const TAKEN = { few: 4, some: 48 }
const BYTES = safetensors("another program's")

/**
 * Names that no other program gives a model. The active link is replaced by one rename, since an
 * interface must never find it missing.
 */
const OWN_NAMES = new Set(['active', 'origin.json'])

/** Reports whether people and other programs put files under this name. */
function isOpenToOthers({ root, outside }: Sandbox, path: string): boolean {
  const shared = [join(root, 'data/views'), join(root, 'data/quarantine'), outside]
  const name = basename(path)
  if (isTemporaryName(name) || isAsideName(name) || OWN_NAMES.has(name)) return false
  return shared.some((folder) => path.startsWith(folder + sep))
}

/** The names whose file a call removes, replaces, or gives another name. */
function namesAtRisk(call: DiskCall): string[] {
  switch (call.op) {
    case 'unlink':
      return [call.path]
    case 'rename':
      return [call.from, call.path]
    case 'link':
      return [call.from, call.path]
    case 'symlink':
      return [call.path]
    case 'copy':
      return [call.from]
    default:
      return []
  }
}

/** Puts the other program's file at `path`, as programs do: written beside it, then renamed. */
function takeName(path: string): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat?.isDirectory() === true || !fs.existsSync(dirname(path))) return false
  const fresh = join(dirname(path), 'download.part')
  fs.writeFileSync(fresh, BYTES)
  fs.renameSync(fresh, path)
  return true
}

/** Reports whether the file is somewhere, under whatever name. */
function isKept({ folder }: Sandbox): boolean {
  const digest = sha256Of(BYTES)
  return walk(folder).some((entry) => entry.kind === 'file' && digestAt(entry.absolute) === digest)
}

/**
 * Reports whether a problem is what the other program itself did: it wrote over what was there, and
 * a view is only as it should be once the operation is repeated.
 */
function isOfWrite(problem: string, path: string): boolean {
  return /^[123]: /u.test(problem) || problem.startsWith(`8: the user's file ${path} `)
}

/** Takes the n-th name at risk. */
class Taker {
  readonly #sandbox: Sandbox
  readonly #at: number
  risks = 0
  /** The name that was taken, and the number of the call before which it was. */
  taken: { readonly op: string; readonly path: string; readonly number: number } | undefined

  /** @param at 0: none is taken */
  constructor(sandbox: Sandbox, at: number) {
    this.#sandbox = sandbox
    this.#at = at
  }

  readonly look = (call: DiskCall, number: number): void => {
    for (const path of namesAtRisk(call)) {
      if (!isOpenToOthers(this.#sandbox, path)) continue
      this.risks += 1
      if (this.risks === this.#at && takeName(path)) this.taken = { op: call.op, path, number }
    }
  }
}

/** Files under the names that they get before they are removed. */
function asides({ folder }: Sandbox): string[] {
  return walk(folder).flatMap(({ path }) => (isAsideName(basename(path)) ? [path] : []))
}

/** What is wrong once the next holder of the lock has finished what was open. */
function problemsOf(one: Case, { path }: NonNullable<Taker['taken']>, found: string[]): string[] {
  const problems = found.filter((problem) => !isOfWrite(problem, path))
  if (!isKept(one.sandbox)) problems.push('the file is lost')
  return [...problems, ...asides(one.sandbox).map((name) => `${name} is left`)]
}

/** So many calls after the one before which the n-th name was taken is the process killed. */
const killedAfter = (at: number) => (FULL ? [1, 2] : [1 + (at % 2)])

/** Beyond any operation's last call. */
const NEVER = Number.POSITIVE_INFINITY

describe('a name that another program takes', () => {
  let snapshots: Snapshots
  before(async () => {
    snapshots = await Snapshots.open('taken', ['base', 'settings', 'python'])
  })
  after(() => {
    snapshots[Symbol.dispose]()
  })

  /** Runs an operation whose n-th name at risk is taken, and kills it some calls `later`. */
  async function run(one: Case, at: number, later = NEVER): Promise<Taker> {
    snapshots.restore('prepared')
    const taker = new Taker(one.sandbox, at)
    const synapse = await openQuick(one.sandbox)
    const work = () => reportedCodes(one, synapse)
    const isEnd = (call: DiskCall, number: number) => {
      taker.look(call, number)
      return number === (taker.taken?.number ?? NEVER) + later
    }
    await crashAt(isEnd, one.sandbox, synapse, work)
    return taker
  }

  async function problemsAt(one: Case, at: number): Promise<string[]> {
    const problems: string[] = []
    for (const later of [NEVER, ...killedAfter(at)]) {
      const { taken } = await run(one, at, later)
      if (taken === undefined) continue
      const found = await opened(one, (synapse) => problemsAfter(synapse, one))
      const when = `${String(at)}, ${taken.op} ${taken.path}, ended ${String(later)} later`
      problems.push(...problemsOf(one, taken, found).map((problem) => `${when}: ${problem}`))
    }
    return problems
  }

  async function takeEverywhere(t: TestContext, row: Operation): Promise<void> {
    const one = await prepareCase(snapshots, row)
    const { risks } = await run(one, 0)
    const problems: string[] = []
    for (const at of someOf(risks, sizeOf(TAKEN, row.heavy))) {
      problems.push(...(await problemsAt(one, at)))
    }
    t.diagnostic(`${String(risks)} names`)
    assert.deepEqual(problems, [])
  }

  // What a copy of a store holds open was begun by hand, without what was read of the file.
  for (const row of ONE_VOLUME.filter((one) => one.startsBroken !== true)) {
    it(`${row.name}: keeps a file that takes a name in the last moment`, (t) =>
      takeEverywhere(t, row))
  }
})
