/** The right to change a store. Holding one is holding the store lock. */
import { documentText, lineText } from '../../schemas/json.ts'
import type { PackName, ProfileName, Sha256, UiName, Uuid } from '../../schemas/ids.ts'
import type { Runtime } from '../../schemas/profile.ts'
import type { JournalRecord, LinkRecord, ProofRecord } from '../../schemas/records.ts'
import type { Clock } from '../platform/clock.ts'
import { appendLines, ensureFolder, replaceFile } from '../platform/disk.ts'
import { uuidv7 } from '../platform/uuid.ts'
import { applyStep, obstacle, revertStep, type Step } from './act.ts'
import type { JournalAct } from './journal.ts'
import { StoreReader, type StoreMemory } from './store-reader.ts'
import type { StorePaths } from './store-paths.ts'

/** What an act is called, by whom it is done and what it was about. */
export interface ActFacts {
  readonly op: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

/** What a transaction touched, for the index and for events. */
export interface Touched {
  readonly packs: Set<PackName>
  readonly profiles: Set<ProfileName>
  readonly blobs: Set<Sha256>
  readonly views: Set<UiName>
  config: boolean
}

/** Reads and changes a store under its lock. */
export class StoreTx extends StoreReader {
  readonly actor: string
  readonly touched: Touched = {
    packs: new Set(),
    profiles: new Set(),
    blobs: new Set(),
    views: new Set(),
    config: false,
  }
  readonly #clock: Clock

  constructor(paths: StorePaths, memory: StoreMemory, clock: Clock, actor: string) {
    super(paths, memory)
    this.#clock = clock
    this.actor = actor
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#clock.now()
  }

  /** This moment as documents tell it. */
  timestamp(): string {
    return new Date(this.now()).toISOString()
  }

  /** Writes down that an act begins, with what is needed to carry it on. @throws disk.* */
  async begin(facts: ActFacts, steps: readonly Step[] = []): Promise<Uuid> {
    const id = uuidv7(this.now())
    await this.#record(id, facts.op, 'begin', facts, steps.length === 0 ? {} : { steps })
    return id
  }

  /** Writes down that an act is done. @throws disk.* */
  async end(id: Uuid, op: string, after: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#record(id, op, 'end', { op, after })
  }

  /** Writes down that an act was taken back. @throws disk.* */
  async markUndone(id: Uuid, op: string): Promise<void> {
    await this.#record(id, op, 'undone', { op })
  }

  async #record(
    id: Uuid,
    op: string,
    phase: JournalRecord['phase'],
    facts: ActFacts,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.memory.journal.append({
      id,
      op,
      phase,
      at: this.timestamp(),
      actor: this.actor,
      before: { ...facts.before },
      after: { ...facts.after },
      ...more,
    })
  }

  /**
   * Carries out an act: all of its steps, or none. Where even taking them back fails, the act
   * stays open and the next holder of the lock finishes it.
   * @returns the id of its journal entry
   * @throws disk.*, view.path_taken
   */
  async act(facts: ActFacts, steps: readonly Step[]): Promise<Uuid> {
    const id = await this.begin(facts, steps)
    let made = 0
    try {
      for (const step of steps) {
        made += 1
        await applyStep(this.paths, step)
      }
    } catch (error) {
      await this.#takeBack(id, facts.op, steps.slice(0, made))
      throw error
    }
    await this.end(id, facts.op)
    return id
  }

  async #takeBack(id: Uuid, op: string, steps: readonly Step[]): Promise<void> {
    try {
      for (const step of [...steps].reverse()) {
        if (obstacle(this.paths, step) === null) await revertStep(this.paths, step)
      }
      await this.markUndone(id, op)
    } catch {
      // The act stays open: whoever takes the lock next finishes it.
    }
  }

  /** Finishes an act that a crash left open. @throws disk.* */
  async finish(open: JournalAct): Promise<void> {
    for (const step of stepsOf(open)) await applyStep(this.paths, step)
    await this.end(open.begin.id, open.begin.op)
  }

  /** Makes the steps of a finished act backwards. @throws disk.*, view.path_taken */
  async revert(act: JournalAct): Promise<void> {
    for (const step of [...stepsOf(act)].reverse()) await revertStep(this.paths, step)
    await this.markUndone(act.begin.id, act.begin.op)
  }

  /** Replaces `runtime.json`: the commit point of a switch. @throws disk.* */
  async writeRuntime(runtime: Runtime): Promise<void> {
    await replaceFile(this.paths.runtime, documentText(runtime))
  }

  /** Appends to the ledger of a view; flushed when it returns. @throws disk.* */
  async recordLinks(
    ui: UiName,
    profile: ProfileName,
    records: readonly LinkRecord[],
  ): Promise<void> {
    this.touched.views.add(ui)
    await this.memory.links.append(this.paths.linkLedger(ui, profile), records)
  }

  /** Shortens the ledger of a view where that is worth it. @throws disk.* */
  async compactLinks(ui: UiName, profile: ProfileName): Promise<void> {
    await this.memory.links.compact(this.paths.linkLedger(ui, profile))
  }

  /** Writes down what reading a copy back showed. @throws disk.* */
  async recordProofs(proofs: readonly ProofRecord[]): Promise<void> {
    if (proofs.length === 0) return
    for (const proof of proofs) this.touched.blobs.add(proof.sha256)
    await appendLines(this.paths.proofs, proofs.map(lineText).join(''))
  }

  /** Makes the folders that a store of ours has beside those it was found with. @throws disk.* */
  async ensureFolders(): Promise<void> {
    const { paths } = this
    const wanted = [paths.packs, paths.profiles, paths.blobs, paths.views, paths.temporary]
    for (const folder of wanted) await ensureFolder(folder)
  }
}

/** The steps that an act was written down with. */
export function stepsOf(act: JournalAct): readonly Step[] {
  const steps: unknown = act.begin['steps']
  return Array.isArray(steps) ? (steps as Step[]) : []
}
