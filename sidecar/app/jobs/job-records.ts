/**
 * Jobs on disk: `data/jobs/<id>.json`, written when a job changes its state or saves its progress;
 * `<id>.items.jsonl`, the rows of its result, written once; `<id>.kept.jsonl`, the rows up to its
 * cursor, while it has not ended.
 */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import { Uuid } from '../../../schemas/ids.ts'
import { Job } from '../../../schemas/jobs.ts'
import { documentText, parseJson } from '../../../schemas/json.ts'
import { removeName, replaceFile } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import type { ResultRows } from '../../domain/progress.ts'
import type { Log } from '../log/log.ts'
import { appendKept, readKept, readRows, writeRows } from './job-rows.ts'
import type { ResultLists } from './job-results.ts'

const RECORD = '.json'
const LOCK = '.lock'

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

/** The ids in file names with this ending. */
function idsIn(folder: string, ending: string): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith(ending))
  return names.map((name) => name.slice(0, -ending.length)).filter((id) => v.is(Uuid, id))
}

/** Where records are, and whether they may be written. */
export interface JobRecordsOptions {
  /** `data/jobs`; made when the first record is written. */
  readonly folder: string
  /** Throws if the store's data is offline, so that nothing is created in its place. */
  readonly requireStore?: () => void
  readonly log: Log
}

/**
 * The records of one store. If the disk refuses a record, only the record is lost, never the job.
 */
export class JobRecords {
  readonly folder: string
  readonly #requireStore: () => void
  readonly #log: Log
  #writing: Promise<unknown> = Promise.resolve()

  constructor({ folder, requireStore, log }: JobRecordsOptions) {
    this.folder = folder
    this.#requireStore = requireStore ?? (() => undefined)
    this.#log = log
  }

  /** All readable records, oldest first; unreadable ones are left alone. */
  readAll(): Job[] {
    const jobs = idsIn(this.folder, RECORD).map((id) => this.read(id))
    return jobs.filter((job) => job !== null).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The current record; null where it is missing or unreadable. */
  read(id: string): Job | null {
    try {
      const job = v.parse(Job, parseJson(fs.readFileSync(this.#path(id), 'utf8')))
      return job.id === id ? job : null
    } catch {
      return null
    }
  }

  /** The owners whose lock files are here, alive or not. */
  owners(): string[] {
    return idsIn(this.folder, LOCK)
  }

  /** Makes the folder. @throws disk.*, store.offline */
  async makeFolder(): Promise<void> {
    this.#requireStore()
    if (!fs.existsSync(dirname(this.folder))) {
      throw new AppError('disk.vanished', `${dirname(this.folder)} is not there`)
    }
    await ensureFolder(this.folder)
  }

  /** Writes a record after pending ones; false where that failed. Never throws. */
  write(job: Job): Promise<boolean> {
    return this.#inTurn(job.id, async () => {
      await this.makeFolder()
      await replaceFile(this.#path(job.id), documentText(job))
    })
  }

  /** Replaces the rows of a result; false where that failed. Never throws. */
  writeItems(id: string, lists: ResultLists): Promise<boolean> {
    return this.#inTurn(id, async () => {
      await this.makeFolder()
      await writeRows(this.#itemsPath(id), lists)
    })
  }

  /**
   * Rows `offset` to `offset + limit` of a job; fewer where the file ends before.
   * @throws disk.* where the rows exist and cannot be read
   */
  readItems(id: string, offset: number, limit: number): Promise<unknown[]> {
    return readRows(this.#itemsPath(id), offset, limit)
  }

  /** Appends to the saved rows of a job; false where that failed. Never throws. */
  appendKept(id: string, rows: ResultRows): Promise<boolean> {
    return this.#inTurn(id, async () => {
      await this.makeFolder()
      await appendKept(this.#keptPath(id), rows)
    })
  }

  /** See {@link readKept}. */
  async readKept(id: string, count: number): Promise<ResultRows | null> {
    await this.settled()
    return readKept(this.#keptPath(id), count)
  }

  /** Removes the saved rows of a job; never throws. */
  removeKept(id: string): Promise<boolean> {
    return this.#inTurn(id, () => this.#removeName(this.#keptPath(id)))
  }

  /** Removes a record and its rows; never throws. */
  remove(id: string): Promise<boolean> {
    return this.#inTurn(id, async () => {
      for (const path of [this.#path(id), this.#itemsPath(id), this.#keptPath(id)]) {
        await this.#removeName(path)
      }
    })
  }

  async #removeName(path: string): Promise<void> {
    if (fs.existsSync(this.folder)) await removeName(path, false)
  }

  /** Resolves when all pending writes are done. */
  async settled(): Promise<void> {
    await this.#writing
  }

  #inTurn(id: string, work: () => Promise<void>): Promise<boolean> {
    const done = this.#writing.then(work).then(
      () => true,
      (error: unknown) => {
        this.#log({ level: 'warning', event: 'job.record_lost', job: id, error })
        return false
      },
    )
    this.#writing = done
    return done
  }

  #path(id: string): string {
    return join(this.folder, id + RECORD)
  }

  #itemsPath(id: string): string {
    return join(this.folder, `${id}.items.jsonl`)
  }

  #keptPath(id: string): string {
    return join(this.folder, `${id}.kept.jsonl`)
  }
}
