/** Saves the progress of a job, so that it resumes there after a pause, a restart or a kill. */
import type { Cursor, Kept, ResultRows } from '../../domain/progress.ts'
import type { Entry } from './job-model.ts'
import { Throttle } from './job-progress.ts'
import type { JobRecords } from './job-records.ts'
import { countRows } from './job-rows.ts'
import type { JobStates } from './job-states.ts'

const WRITE_EVERY_MS = 1000
const MAX_CURSOR_BYTES = 4096

/** Where what a job keeps is written down. */
interface KeeperParts {
  readonly records: JobRecords
  readonly states: JobStates
}

/** Saves one run of a job: its cursor in the record, rows of its result beside it. */
export class JobKeeper {
  /** What earlier runs saved. */
  readonly kept: Kept | null
  readonly #entry: Entry
  readonly #records: JobRecords
  readonly #states: JobStates
  readonly #throttle: Throttle
  /** The latest checkpoint, not yet written. */
  #cursor: Cursor | null = null
  #rows: ResultRows = {}
  #writing: Promise<void> = Promise.resolve()

  private constructor(entry: Entry, kept: Kept | null, { records, states }: KeeperParts) {
    this.kept = kept
    this.#entry = entry
    this.#records = records
    this.#states = states
    this.#throttle = new Throttle(WRITE_EVERY_MS, () => {
      this.#writing = this.#writing.then(() => this.#write())
    })
  }

  /** Reads what earlier runs saved; if that is incomplete, the work starts again. Never fails. */
  static async open(entry: Entry, records: JobRecords, states: JobStates): Promise<JobKeeper> {
    const { cursor, ...job } = entry.job
    const rows = await records.readKept(job.id, cursor?.rows ?? 0)
    const kept = cursor === undefined || rows === null ? null : { cursor: cursor.at, rows }
    if (kept === null) entry.job = job
    return new JobKeeper(entry, kept, { records, states })
  }

  /** See `Work.checkpoint`. @throws RangeError for a cursor that is too long */
  readonly checkpoint = (cursor: Cursor, rows: ResultRows = {}): void => {
    const bytes = Buffer.byteLength(JSON.stringify(cursor))
    if (bytes > MAX_CURSOR_BYTES) throw new RangeError(`A cursor of ${String(bytes)} bytes`)
    this.#cursor = cursor
    this.#rows = merged(this.#rows, rows)
    this.#throttle.ask()
  }

  /**
   * Rows are written before the cursor that counts them; if that fails, the cursor is not moved.
   */
  async #write(): Promise<void> {
    const [at, rows] = [this.#cursor, this.#rows]
    if (at === null) return
    this.#cursor = null
    this.#rows = {}
    const { cursor, id } = this.#entry.job
    if (!(await this.#records.appendKept(id, rows))) {
      this.#cursor ??= at
      this.#rows = merged(rows, this.#rows)
      return
    }
    const count = (cursor?.rows ?? 0) + countRows(rows)
    this.#entry.job = { ...this.#entry.job, cursor: { at: { ...at }, rows: count } }
    await this.#states.record(this.#entry)
  }

  /** Stops the periodic writes; the latest checkpoint stays unwritten. */
  async stop(): Promise<void> {
    this.#throttle.stop()
    await this.#writing
  }

  /** Writes the latest checkpoint; if the disk refuses it, only that is lost. */
  async flush(): Promise<void> {
    await this.stop()
    await this.#write()
  }
}

function merged(before: ResultRows, more: ResultRows): ResultRows {
  const names = new Set([...Object.keys(before), ...Object.keys(more)])
  return Object.fromEntries(
    [...names].map((name) => [name, [...(before[name] ?? []), ...(more[name] ?? [])]]),
  )
}
