/** Results of jobs, with the types of their kinds. */
import * as v from 'valibot'
import type { Client } from '../../schemas/client.ts'
import type { Answer } from '../../schemas/endpoints.ts'
import { AppError } from '../../schemas/errors.ts'

/** A job in an answer. */
export type Job = Answer<'jobs.show'>

/**
 * Returns the result of a job that has succeeded. @throws AppError internal where it has another
 * form
 */
export function resultOf<T extends v.GenericSchema>(job: Job, schema: T): v.InferOutput<T> {
  const parsed = v.safeParse(schema, job.result)
  if (parsed.success) return parsed.output
  throw new AppError('internal', `The result of ${job.kind} has an unexpected form`)
}

const PAGE_ROWS = 1000

async function allRows(
  client: Client,
  id: string,
  { list, total }: { readonly list: string; readonly total: number },
): Promise<unknown[]> {
  const rows: unknown[] = []
  for (let offset = 0; offset < total; offset += PAGE_ROWS) {
    const query = { list, limit: PAGE_ROWS, offset }
    rows.push(...(await client.call('jobs.items', { params: { id }, query })).items)
  }
  return rows
}

/**
 * Returns the job with all rows of its result, fetched in pages; an answer holds only the first.
 */
export async function wholeJob(client: Client, job: Job): Promise<Job> {
  if (job.result === null) return job
  const result = { ...job.result }
  for (const [list, total] of Object.entries(job.lists ?? {})) {
    const shown = result[list]
    if (Array.isArray(shown) && shown.length === total) continue
    result[list] = await allRows(client, job.id, { list, total })
  }
  return { ...job, result }
}
