/** The service's log: JSON lines in `log/service.jsonl`, five files of five megabytes. */
import { statSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { lineText } from '../../../schemas/json.ts'
import type { Clock } from '../../platform/clock.ts'
import { appendLines, removeName, setMode } from '../../platform/disk.ts'
import { moveFile } from '../../platform/move-file.ts'
import { ensureFolder } from '../../platform/folders.ts'
import { redact } from './redact.ts'

const FILE_BYTES = 5 * 1024 * 1024
const FILES = 5
const PAUSE_MS = 200
const MAX_WAITING = 10_000

/** One event. Secrets are redacted when it is written. */
export interface LogEntry {
  readonly level: 'info' | 'warning' | 'error'
  /** What happened: `http.failed`, `job.failed`, ... */
  readonly event: string
  readonly [fact: string]: unknown
}

/** Logs an event; never throws and never waits. */
export type Log = (entry: LogEntry) => void

/** A log that discards its entries. */
export const noLog: Log = () => undefined

interface LogFileOptions {
  readonly file: string
  readonly clock: Clock
  readonly fileBytes?: number
}

/** Collects lines and appends them periodically. Lines that the disk refuses are lost. */
export class LogFile implements AsyncDisposable {
  readonly #file: string
  readonly #clock: Clock
  readonly #fileBytes: number
  #lines: string[] = []
  #isPrivate = false
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor({ file, clock, fileBytes = FILE_BYTES }: LogFileOptions) {
    this.#file = file
    this.#clock = clock
    this.#fileBytes = fileBytes
  }

  readonly log: Log = (entry) => {
    if (this.#lines.length >= MAX_WAITING) return
    const at = new Date(this.#clock.now()).toISOString()
    this.#lines.push(lineText({ at, ...(redact(entry) as object) }))
    this.#timer ??= setTimeout(() => void this.flush(), PAUSE_MS).unref()
  }

  /** Writes pending lines; never fails. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const text = this.#lines.join('')
    this.#lines = []
    if (text !== '')
      this.#writing = this.#writing.then(() => this.#append(text)).catch(() => undefined)
    await this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
  }

  async #append(text: string): Promise<void> {
    await this.#keepPrivate()
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
    const isFull = size > 0 && size + text.length > this.#fileBytes
    if (isFull) await this.#rotate()
    await appendLines(this.#file, text)
    if (isFull || size === 0) setMode(this.#file, 0o600)
  }

  /** The log contains paths: only this user may enter its folder and read its files. */
  async #keepPrivate(): Promise<void> {
    if (this.#isPrivate) return
    const folder = dirname(this.#file)
    await ensureFolder(folder)
    setMode(folder, 0o700)
    for (let age = 0; age < FILES; age += 1) {
      const file = this.#older(age)
      if (statSync(file, { throwIfNoEntry: false })) setMode(file, 0o600)
    }
    this.#isPrivate = true
  }

  async #rotate(): Promise<void> {
    await removeName(this.#older(FILES - 1))
    for (let age = FILES - 2; age >= 0; age -= 1) {
      const from = this.#older(age)
      if (statSync(from, { throwIfNoEntry: false })) await moveFile(from, this.#older(age + 1))
    }
  }

  #older(age: number): string {
    const { dir, name, ext } = parse(this.#file)
    return age === 0 ? this.#file : join(dir, `${name}.${String(age)}${ext}`)
  }
}
