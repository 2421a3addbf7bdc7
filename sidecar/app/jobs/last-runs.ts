/** When scheduled jobs last ran: `data/jobs/schedule.json`. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { documentText, parseJson } from '../../../schemas/json.ts'
import { replaceFile } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'

const ScheduleDocument = v.looseObject({
  schema: v.optional(v.string(), 'synapse.schedule.v1'),
  /** Id of the row → when it last ran, or was first seen. */
  last: v.record(v.string(), v.pipe(v.string(), v.isoTimestamp())),
})

/** The file; one that cannot be read counts as empty. */
export class LastRuns {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  #read(): v.InferOutput<typeof ScheduleDocument> {
    try {
      return v.parse(ScheduleDocument, parseJson(fs.readFileSync(this.#path, 'utf8')))
    } catch {
      return { schema: 'synapse.schedule.v1', last: {} }
    }
  }

  /** When a row last ran, milliseconds since 1970; null where that is unknown. */
  lastRun(id: string): number | null {
    const { last } = this.#read()
    const at = Object.hasOwn(last, id) ? last[id] : undefined
    return at === undefined ? null : Date.parse(at)
  }

  /** Records that a row ran. @throws disk.* */
  async note(id: string, at: number): Promise<void> {
    await ensureFolder(dirname(this.#path))
    const document = this.#read()
    const last = { ...document.last, [id]: new Date(at).toISOString() }
    await replaceFile(this.#path, documentText({ ...document, last }))
  }
}
