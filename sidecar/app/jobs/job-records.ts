/**
 * Jobs on disk: `data/jobs/<id>.json`, written when a job changes its state or notes how far it is;
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

/** The ids in names that end so. */
function idsIn(folder: string, ending: string): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith(ending))
  return names.map((name) => name.slice(0, -ending.length)).filter((id) => v.is(Uuid, id))
}

/** Where records lie, and whether there may be any. */
export interface JobRecordsOptions {
  /** `data/jobs`; made when the first record is written. */
  readonly folder: string
  /** Throws where the store's data is not there, so that nothing is made in its place. */
  readonly requireStore?: () => void
  readonly log: Log
}

/** The records of one store. A disk that refuses a record costs the record, never the job. */
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

  /** All readable records, oldest first; what cannot be read is left where it is. */
  readAll(): Job[] {
    const jobs = idsIn(this.folder, RECORD).map((id) => this.read(id))
    return jobs.filter((job) => job !== null).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The record as it is now; null where there is none that can be read. */
  read(id: string): Job | null {
    try {
      const job = v.parse(Job, parseJson(fs.readFileSync(this.#path(id), 'utf8')))
      return job.id === id ? job : null
    } catch {
      return null
    }
  }

  /** The owners whose locks lie here, alive or not. */
  owners(): string[] {
    return idsIn(this.folder, LOCK)
  }

  /** Makes the folder. @throws disk.*, and where the store's data is not there */
  async makeFolder(): Promise<void> {
    this.#requireStore()
    if (!fs.existsSync(dirname(this.folder))) {
      throw new AppError('disk.vanished', `${dirname(this.folder)} is not there`)
    }
    await ensureFolder(this.folder)
  }

  /** Writes a record after those before it; false where it could not be. Never fails. */
  write(job: Job): Promise<boolean> {
    return this.#inTurn(job.id, async () => {
      await this.makeFolder()
      await replaceFile(this.#path(job.id), documentText(job))
    })
  }

  /** Writes the rows of a result in place of any before; false where it could not. Never fails. */
  writeItems(id: string, lists: ResultLists): Promise<boolean> {
    return this.#inTurn(id, async () => {
      await this.makeFolder()
      await writeRows(this.#itemsPath(id), lists)
    })
  }

  /**
   * Rows `offset` to `offset + limit` of all that were written for a job; fewer where the file
   * ends before.
   * @throws disk.* where the rows are there and cannot be read
   */
  readItems(id: string, offset: number, limit: number): Promise<unknown[]> {
    return readRows(this.#itemsPath(id), offset, limit)
  }

  /** Adds rows to those that a job keeps; false where it could not. Never fails. */
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

  /** Removes what a job kept while it had not ended; never fails. */
  removeKept(id: string): Promise<boolean> {
    return this.#inTurn(id, () => this.#removeName(this.#keptPath(id)))
  }

  /** Removes a record and its rows; never fails. */
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

  /** Resolves when all that was asked for is done. */
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
