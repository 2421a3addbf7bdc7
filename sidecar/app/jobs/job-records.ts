/**
 * Jobs on disk: `data/jobs/<id>.json`, written when a job changes its state, and
 * `data/jobs/<id>.items.jsonl`, the rows of its result, written once.
 */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import { Uuid } from '../../../schemas/ids.ts'
import { Job } from '../../../schemas/jobs.ts'
import { documentText, parseJson } from '../../../schemas/json.ts'
import { appendLines, ensureFolder, removeName, replaceFile } from '../../platform/disk.ts'
import { itemTexts, type ResultLists } from './job-results.ts'
import type { Log } from '../log/log.ts'

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

/** Whole lines of a file. `node:readline` would cut at U+2028 as well, which names may hold. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of fs.createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
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
      await removeName(this.#itemsPath(id), false)
      for (const text of itemTexts(lists)) await appendLines(this.#itemsPath(id), text)
    })
  }

  /**
   * Rows `offset` to `offset + limit` of all that were written for a job; fewer where the file
   * ends before.
   * @throws disk.* where the rows are there and cannot be read
   */
  async readItems(id: string, offset: number, limit: number): Promise<unknown[]> {
    const rows: unknown[] = []
    if (limit === 0 || !fs.existsSync(this.#itemsPath(id))) return rows
    let at = 0
    for await (const line of linesOf(this.#itemsPath(id))) {
      if (at >= offset) rows.push(JSON.parse(line))
      at += 1
      if (rows.length === limit) break
    }
    return rows
  }

  /** Removes a record and its rows; never fails. */
  remove(id: string): Promise<boolean> {
    return this.#inTurn(id, async () => {
      if (!fs.existsSync(this.folder)) return
      await removeName(this.#path(id), false)
      await removeName(this.#itemsPath(id), false)
    })
  }

  /** Resolves when all that was asked for is done. */
  async settled(): Promise<void> {
    await this.#writing
  }

  #inTurn(id: string, act: () => Promise<void>): Promise<boolean> {
    const done = this.#writing.then(act).then(
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
}
