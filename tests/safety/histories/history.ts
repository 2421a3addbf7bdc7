/** One history while it goes on: makes steps, and looks after each whether anything broke. */
import fs from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Synapse } from '../../../sidecar/http/create-synapse.ts'
import { crashAt } from '../crash-at.ts'
import { indexProblems } from '../index-check.ts'
import { digestAt, Seen, trashFolders } from '../seen.ts'
import type { Snapshots } from '../snapshots.ts'
import { watching } from '../watching.ts'
import { closeQuick, letRest, openQuick, UIS, work, type Sandbox } from '../sandbox.ts'
import { whileAway, type Part } from './absent-part.ts'
import {
  LETS_GO,
  MANY,
  MOVES_PACKS,
  opened,
  outcomeOf,
  type Action,
  type Actor,
} from './actions.ts'
import { blobsIn, viewEntries } from './choices.ts'
import { decided, different } from './decided.ts'
import { closeDownloads } from './downloads.ts'
import { expectedView, shownView, withoutTaken } from './expected-view.ts'
import { fullDisk } from './full-disk.ts'
import { marksIn, Memory, whole } from './memory.ts'
import type { Partner } from './partner.ts'
import { problemsOf } from './problems.ts'
import { actionsOf, type Step } from './steps.ts'
import type { HistorySetup } from './setup.ts'
import { repair, WRITES, type Write } from './writes.ts'

/** A history that broke something: after which step, and what. */
export class HistoryError extends Error {
  /** So many steps were made, the one that failed among them. */
  steps = Infinity
}

/** One history while it goes on. */
class History {
  readonly #snapshots: Snapshots
  readonly #partner: Partner
  readonly #sandbox: Sandbox
  readonly #memory: Memory
  #synapse: Synapse
  #offset = 0

  private constructor({ snapshots, partner }: HistorySetup, synapse: Synapse) {
    this.#snapshots = snapshots
    this.#partner = partner
    this.#sandbox = snapshots.sandbox
    this.#memory = new Memory(snapshots.sandbox)
    this.#synapse = synapse
  }

  static async begin(setup: HistorySetup): Promise<History> {
    setup.snapshots.restore('base')
    return new History(setup, opened(await openQuick(setup.snapshots.sandbox)))
  }

  async end(): Promise<void> {
    closeDownloads(this.#memory)
    await closeQuick(this.#synapse)
  }

  async #open(): Promise<Synapse> {
    const clock = { now: () => Date.now() + this.#offset }
    return opened(await openQuick(this.#sandbox, { clock }))
  }

  get #actor(): Actor {
    return { client: this.#synapse.client, synapse: this.#synapse, sandbox: this.#sandbox }
  }

  /** What could not be finished while documents were torn is finished once they are whole. */
  async #writeBetween(step: Write): Promise<void> {
    this.#write(step)
    if (step.write === 'repair') await this.#take()
  }

  #write({ write, a, b }: Write): void {
    WRITES[write](this.#sandbox, this.#memory, a, b)
  }

  /** What may be gone after these operations: what is in the trash and nowhere else. */
  #mayGo(actions: readonly Action[]): string[] {
    if (!actions.some(({ action }) => LETS_GO.has(action))) return []
    const { root } = this.#sandbox
    const trash = trashFolders(root).map((folder) => join(folder, 'blob'))
    const here = new Set(blobsIn(root))
    return trash
      .filter(fs.existsSync)
      .map(digestAt)
      .filter((sha256) => !here.has(sha256))
  }

  /** Makes a step. @throws HistoryError */
  async make(step: Step): Promise<void> {
    const actions = actionsOf(step)
    const mayGo = this.#mayGo(actions)
    await this.#perform(step)
    this.#check(problemsOf(this.#sandbox, this.#memory, mayGo))
    if (!actions.some(({ action }) => MOVES_PACKS.has(action))) this.#check(this.#lostMarks())
    this.#memory.learn(this.#sandbox, mayGo)
    this.#memory.marks = whole(this.#memory, () => marksIn(this.#sandbox.root))
  }

  #perform(step: Step): Promise<void> {
    if ('write' in step) return this.#writeBetween(step)
    if ('clock' in step) return this.#setClock(step.clock)
    if ('together' in step) return this.#together(step.together)
    if ('beside' in step) return this.#beside(step.beside, step.killAt)
    if ('crashAt' in step) return this.#crash(step)
    if ('disturbedAt' in step) return this.#disturb(step)
    if ('away' in step) return this.#unplug(step, step.away)
    if ('full' in step) return this.#fill(step)
    return this.#quietly(step)
  }

  #check(problems: readonly string[]): void {
    if (problems.length > 0) throw new HistoryError(problems.join('\n'))
  }

  #lostMarks(): string[] {
    const now = whole(this.#memory, () => marksIn(this.#sandbox.root))
    return isDeepStrictEqual(now, this.#memory.marks)
      ? []
      : [`marks: ${this.#memory.marks.join(', ')} became ${now.join(', ')}`]
  }

  async #setClock(hours: number): Promise<void> {
    await closeQuick(this.#synapse)
    this.#offset = hours * 3_600_000
    this.#synapse = await this.#open()
  }

  /** An operation with nobody else about: a refused one changes nothing. */
  async #quietly(action: Action): Promise<void> {
    const before = decided(this.#sandbox, this.#memory)
    const code = await outcomeOf(this.#actor, action, this.#memory)
    if (code === null || MANY.has(action.action) || before === null) return
    const after = decided(this.#sandbox, this.#memory)
    if (after === null || isDeepStrictEqual(before, after)) return
    this.#check([`refused with ${code}, and changed ${different(before, after)}`])
  }

  async #disturb(
    step: Action & { readonly disturbedAt: number; readonly by: Write },
  ): Promise<void> {
    let calls = 0
    const observer = () => {
      calls += 1
      if (calls === step.disturbedAt) this.#write(step.by)
    }
    const run = () => outcomeOf(this.#actor, step, null, ['disk.vanished'])
    await watching(observer, run)
    await this.#take()
  }

  async #unplug(action: Action, part: Part): Promise<void> {
    const run = () => outcomeOf(this.#actor, action, null, ['disk.vanished'])
    this.#check(await whileAway(this.#sandbox, part, run))
    await this.#take()
  }

  async #fill(action: Action): Promise<void> {
    const run = () => outcomeOf(this.#actor, action, null, ['disk.full'])
    await watching(fullDisk(), run)
    await this.#take()
  }

  async #together([first, second]: readonly [Action, Action]): Promise<void> {
    const synapse = await this.#open()
    const other = { client: synapse.client, synapse, sandbox: this.#sandbox }
    const both = [outcomeOf(this.#actor, first, null), outcomeOf(other, second, null)]
    await Promise.allSettled(both)
    await closeQuick(synapse)
    await Promise.all(both)
  }

  async #beside([first, second]: readonly [Action, Action], killAt: number): Promise<void> {
    const there = this.#partner.run(this.#sandbox.folder, second, killAt)
    const both = [outcomeOf(this.#actor, first, null), there]
    await Promise.allSettled(both)
    await this.#take()
    await Promise.all(both)
  }

  /** Takes the lock, and with it what a crash interrupted. */
  async #take(): Promise<void> {
    try {
      await this.#synapse.services.store.transact('test', () => Promise.resolve())
    } catch (error) {
      if (this.#memory.torn.size === 0) throw error
    }
  }

  /** An operation that is cut off is, after the store was opened again, done or was never begun. */
  async #crash(
    step: Action & { readonly crashAt: number; readonly then: Write | null },
  ): Promise<void> {
    const before = decided(this.#sandbox, this.#memory)
    // What is set back after a rehearsal is other files than those that downloads hold open.
    const canRehearse = this.#memory.downloads.length === 0
    const single = !MANY.has(step.action) && before !== null && step.then === null && canRehearse
    const done = single ? await this.#rehearse(step) : null
    const at = done === null ? step.crashAt : 1 + (step.crashAt % (done.calls + 1))
    const run = () => outcomeOf(this.#actor, step, null)
    await crashAt(at, this.#sandbox, this.#synapse, run)
    if (step.then !== null) this.#write(step.then)
    this.#synapse = await this.#open()
    await this.#take()
    const after = decided(this.#sandbox, this.#memory)
    const expected = done?.after ?? null
    if (expected === null || after === null || isDeepStrictEqual(after, before)) return
    if (isDeepStrictEqual(after, expected)) return
    this.#check([
      `cut off at ${String(at)}, and is neither undone (${different(before, after)}) nor done (${different(expected, after)})`,
    ])
  }

  /**
   * Does the operation, looks, and sets the sandbox back. `after` is null where a job followed that
   * adopts files: it is an operation of its own, and a crash may lie between the two.
   */
  async #rehearse(step: Action): Promise<{ calls: number; after: unknown }> {
    this.#snapshots.save('rehearsal')
    const run = () => outcomeOf(this.#actor, step, null)
    const { jobs } = this.#synapse.services
    const adoptions = adoptionsIn(jobs)
    const { calls } = await crashAt(0, this.#sandbox, this.#synapse, run)
    const isWhole = adoptionsIn(jobs) === adoptions
    const after = isWhole ? decided(this.#sandbox, this.#memory) : null
    this.#snapshots.restore('rehearsal')
    this.#synapse = await this.#open()
    return { calls, after }
  }

  /** Everything is repaired that can be; then all must be as packs, stacks and settings say. */
  async repair(): Promise<void> {
    repair(this.#sandbox, this.#memory)
    for (const { absolute, kind } of viewEntries(this.#sandbox.root)) {
      if (kind === 'file') letRest(absolute)
    }
    await this.#setClock(0)
    await this.#take()
    const request = { repair: true, rebuild_views: true }
    const report = await work(this.#synapse.client, 'store.doctor', request)
    if (report['healthy'] !== true) this.#check([`doctor: ${JSON.stringify(report['findings'])}`])
    this.#excuseHiddenViewsAlone()
    this.#check(problemsOf(this.#sandbox, this.#memory, []))
    this.#check(UIS.flatMap((ui) => this.#wronglyShown(ui)))
    this.#check(await indexProblems(this.#synapse))
  }

  /** What was damaged from outside in inactive views may stay so. */
  #excuseHiddenViewsAlone(): void {
    const seen = new Seen(this.#sandbox)
    const views = UIS.map((ui) => `${ui}/${seen.stack(ui).at(-1) ?? ''}`)
    const isShown = (damaged: string) =>
      damaged.startsWith('1:') ||
      views.some((view) => damaged.startsWith(`2: ${view}/`) || damaged === `3: ${view}`)
    for (const damaged of this.#memory.damaged) {
      if (isShown(damaged)) this.#memory.damaged.delete(damaged)
    }
  }

  #wronglyShown(ui: string): string[] {
    const { links, undecided } = expectedView(this.#sandbox, ui)
    const expected = withoutTaken(this.#sandbox, this.#memory, ui, links)
    const all = shownView(this.#sandbox, this.#memory, ui)
    const shown = Object.fromEntries(Object.entries(all).filter(([path]) => !undecided.has(path)))
    if (isDeepStrictEqual(expected, shown)) return []
    return [`${ui} shows the wrong models: ${different(expected, shown)}`]
  }
}

/** How many jobs have adopted files. */
function adoptionsIn(jobs: Synapse['services']['jobs']): number {
  const { items } = jobs.list({ limit: Infinity, offset: 0 })
  return items.filter(({ kind }) => kind === 'view.adopt').length
}

function textOf(error: unknown): string {
  if (error instanceof HistoryError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Runs one history from the prepared sandbox. @throws HistoryError */
export async function runHistory(setup: HistorySetup, steps: readonly Step[]): Promise<void> {
  const history = await History.begin(setup)
  try {
    for (const [index, step] of steps.entries()) {
      await history.make(step).catch((error: unknown) => {
        const failed = new HistoryError(`after step ${String(index + 1)}:\n${textOf(error)}`)
        failed.steps = index + 1
        throw failed
      })
    }
    await history.repair().catch((error: unknown) => {
      throw new HistoryError(`after repairing all at the end:\n${textOf(error)}`)
    })
  } finally {
    await history.end()
  }
}
