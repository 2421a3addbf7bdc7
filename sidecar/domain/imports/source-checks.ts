/** Checks files of an import between reading and publishing. */
import { sourceChanged } from '../../platform/file-identity.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { sourceBusy } from '../models/at-rest.ts'
import type { FindContext } from './search-mounts.ts'
import { isInPlace, readAgain, SourceRest, sourceState, type ReadyFile } from './source-state.ts'
import type { ImportContext } from './stage-import.ts'

/** Leaves out files that changed since they were read, and reports each. */
export class SourceChecks {
  readonly #ctx: ImportContext & FindContext
  readonly #fail: (ready: ReadyFile, error: unknown) => void

  /** @param fail called for each file that is left out; throws where continuing is pointless */
  constructor(ctx: ImportContext & FindContext, fail: (ready: ReadyFile, error: unknown) => void) {
    this.#ctx = ctx
    this.#fail = fail
  }

  /** Compares files that become blobs without copying with what was read. */
  async compare(tx: StoreTx, group: readonly ReadyFile[]) {
    const [same, touched]: [ReadyFile[], ReadyFile[]] = [[], []]
    for (const ready of group) {
      const state = isInPlace(ready) ? await this.#stateOf(tx, ready) : 'same'
      if (state === 'same') same.push(ready)
      else if (state === 'touched') touched.push(ready)
    }
    return { same, touched }
  }

  async #stateOf(tx: StoreTx, ready: ReadyFile): Promise<'same' | 'touched' | null> {
    const { file } = ready
    try {
      const state = await sourceState(tx.outside, ready)
      if (state !== 'changed') return state
      throw sourceChanged(file.source)
    } catch (error) {
      this.#fail(ready, error)
      return null
    }
  }

  /**
   * Reads files again if only their change time differs: a second name, or new bytes with an old
   * mtime.
   */
  async readAgain(touched: readonly ReadyFile[], mayAgain: boolean): Promise<ReadyFile[]> {
    const read: ReadyFile[] = []
    for (const ready of touched) {
      const { file } = ready
      try {
        const again = mayAgain ? await readAgain(this.#ctx, ready) : null
        if (again === null) throw sourceChanged(file.source)
        read.push(again)
      } catch (error) {
        this.#fail(ready, error)
      }
    }
    return read
  }

  /** Leaves out files that a program has begun to write to, or to link, since they were found. */
  async atRest(group: readonly ReadyFile[]): Promise<ReadyFile[]> {
    const rest = new SourceRest(this.#ctx.mounts)
    const ready: ReadyFile[] = []
    for (const one of group) {
      if (!isInPlace(one) || (await this.#isAtRest(rest, one))) ready.push(one)
    }
    return ready
  }

  async #isAtRest(rest: SourceRest, ready: ReadyFile): Promise<boolean> {
    const { file, staged } = ready
    try {
      const unrest = await rest.unrest(file)
      const linked = unrest === 'hard_linked' && staged.how === 'moved'
      if (unrest !== 'in_use' && unrest !== 'unfinished' && !linked) return true
      throw sourceBusy(file.source)
    } catch (error) {
      this.#fail(ready, error)
      return false
    }
  }
}
