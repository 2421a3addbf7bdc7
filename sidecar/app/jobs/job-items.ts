/** The rows of a job's result: a page of one list, or all. */
import { AppError } from '../../../schemas/errors.ts'
import type { Job, JobItems } from '../../../schemas/jobs.ts'
import { isOpen, type Entry } from './job-model.ts'
import type { JobRecords } from './job-records.ts'
import { listOffset } from './job-results.ts'

/** A part of one list of a result. */
export interface ItemQuery {
  readonly list?: string | undefined
  readonly limit: number
  readonly offset: number
}

/**
 * Returns a part of one list of a result, by default the longest; empty before the job ends.
 * @throws input.invalid for a list that the result does not have
 */
export async function itemsOf(
  records: JobRecords,
  { job, rows }: Entry,
  { list, limit, offset }: ItemQuery,
): Promise<JobItems> {
  const totals = job.lists ?? {}
  const name = list ?? longest(totals)
  if (list !== undefined && !isOpen(job)) requireList(totals, list)
  const total = totals[name] ?? 0
  const count = Math.max(0, Math.min(limit, total - offset))
  const kept = rows?.[name]?.slice(offset, offset + count)
  const page = { list: name, total, limit, offset }
  if (kept !== undefined || count === 0) return { ...page, items: kept ?? [] }
  const items = await records.readItems(job.id, listOffset(totals, name) + offset, count)
  return { ...page, items }
}

function requireList(totals: Readonly<Record<string, number>>, list: string): void {
  if (Object.hasOwn(totals, list)) return
  const names = Object.keys(totals).join(', ')
  throw new AppError('input.invalid', `The result of this job has no list "${list}"`, {
    hint: names === '' ? 'It has no lists.' : `It has: ${names}.`,
  })
}

function longest(totals: Readonly<Record<string, number>>): string {
  const [first] = Object.entries(totals).sort(([, a], [, b]) => b - a)
  return first?.[0] ?? ''
}

/** Returns a job once it has ended, with all rows of its result. @throws disk.* */
export async function wholeJob(records: JobRecords, entry: Entry): Promise<Job> {
  const job = await entry.ended.promise
  if (job.result === null) return job
  const result: Record<string, unknown> = { ...job.result }
  for (const [list, limit] of Object.entries(job.lists ?? {})) {
    result[list] = (await itemsOf(records, entry, { list, limit, offset: 0 })).items
  }
  return { ...job, result }
}
