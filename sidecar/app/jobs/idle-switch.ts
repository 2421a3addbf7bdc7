/** Whether idle work may run: kept in `data/jobs/idle.json`, so that a restart changes nothing. */
import fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { documentText, parseJson } from '../../../schemas/json.ts'
import { replaceFile } from '../../platform/disk.ts'
import type { JobRecords } from './job-records.ts'

const IdleDocument = v.looseObject({ paused: v.boolean() })

/** The switch of all idle work on one store. */
export class IdleSwitch {
  readonly #records: JobRecords
  readonly #path: string

  constructor(records: JobRecords) {
    this.#records = records
    this.#path = join(records.folder, 'idle.json')
  }

  /** Reports whether the user paused it; false where that is unknown. */
  isPaused(): boolean {
    try {
      return v.parse(IdleDocument, parseJson(fs.readFileSync(this.#path, 'utf8'))).paused
    } catch {
      return false
    }
  }

  /** @throws disk.*, store.offline */
  async set(paused: boolean): Promise<void> {
    await this.#records.makeFolder()
    await replaceFile(this.#path, documentText({ schema: 'synapse.idle.v1', paused }))
  }
}
