/** Keeps how far a job's work is, so that it goes on there after a pause, a restart or a kill. */
import type { Cursor, Kept, ResultRows } from '../../domain/progress.ts'
import type { Entry } from './job-model.ts'
import { Throttle } from './job-progress.ts'
import type { JobRecords } from './job-records.ts'
import { countRows } from './job-rows.ts'
import type { JobStates } from './job-states.ts'

const WRITE_EVERY_MS = 1000
const MAX_CURSOR_BYTES = 4096

/** Where what a job keeps is written down. */
interface KeptPlaces {
  readonly records: JobRecords
  readonly states: JobStates
}

/** What one run of a job keeps: its cursor in the record, rows of its result beside it. */
export class JobKeeper {
  /** What earlier runs kept. */
  readonly kept: Kept | null
  readonly #entry: Entry
  readonly #records: JobRecords
  readonly #states: JobStates
  readonly #throttle: Throttle
  /** Noted, and not yet written down. */
  #cursor: Cursor | null = null
  #rows: ResultRows = {}
  #writing: Promise<void> = Promise.resolve()

  private constructor(entry: Entry, kept: Kept | null, { records, states }: KeptPlaces) {
    this.kept = kept
    this.#entry = entry
    this.#records = records
    this.#states = states
    this.#throttle = new Throttle(WRITE_EVERY_MS, () => {
      this.#writing = this.#writing.then(() => this.#write())
    })
  }

  /** Reads what earlier runs kept; where that is not whole, the work starts again. Never fails. */
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

  /** Rows come before the cursor that counts them; without them, the cursor stays where it was. */
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

  /** Writes nothing more now and then; what is noted stays unwritten. */
  async stop(): Promise<void> {
    this.#throttle.stop()
    await this.#writing
  }

  /** Writes down what was noted; a disk that refuses costs that alone. */
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
