/** Jobs on disk: `data/jobs/<id>.json`, written when a job changes its state. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { Uuid } from '../../schemas/ids.ts'
import { Job } from '../../schemas/jobs.ts'
import { documentText, parseJson } from '../../schemas/json.ts'
import { removeName, replaceFile } from '../platform/disk.ts'
import type { Log } from './log.ts'

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readJob(folder: string, name: string): Job | null {
  const id = name.slice(0, -'.json'.length)
  if (!name.endsWith('.json') || !v.is(Uuid, id)) return null
  try {
    const job = v.parse(Job, parseJson(readFileSync(join(folder, name), 'utf8')))
    return job.id === id ? job : null
  } catch {
    return null
  }
}

/**
 * The records in a folder that may be absent, as before a store is made: then nothing is kept. A
 * disk that refuses a record costs the record, never the job.
 */
export class JobRecords {
  readonly #folder: string
  readonly #log: Log
  #writing: Promise<void> = Promise.resolve()

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  /** All readable records, oldest first; what cannot be read is left where it is. */
  readAll(): Job[] {
    const jobs = namesIn(this.#folder).map((name) => readJob(this.#folder, name))
    return jobs.filter((job) => job !== null).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Writes a record after those before it; never fails. */
  write(job: Job): Promise<void> {
    return this.#inTurn(job.id, async () => {
      if (!existsSync(this.#folder)) return
      await replaceFile(this.#path(job.id), documentText(job))
    })
  }

  /** Removes a record; never fails. */
  remove(id: string): Promise<void> {
    return this.#inTurn(id, async () => {
      if (existsSync(this.#folder)) await removeName(this.#path(id), false)
    })
  }

  /** Resolves when all that was asked for is done. */
  settled(): Promise<void> {
    return this.#writing
  }

  #inTurn(id: string, act: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(act).catch((error: unknown) => {
      this.#log({ level: 'warning', event: 'job.record_lost', job: id, error })
    })
    return this.#writing
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`)
  }
}
