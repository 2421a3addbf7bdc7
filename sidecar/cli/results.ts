/** Results of jobs, with the types that their kinds promise. */
import * as v from 'valibot'
import type { Answer } from '../../schemas/endpoints.ts'
import { AppError } from '../../schemas/errors.ts'

/** A job as an answer tells it. */
export type Job = Answer<'jobs.show'>

/** The result of a job that has succeeded. @throws AppError internal where it has another form */
export function resultOf<T extends v.GenericSchema>(job: Job, schema: T): v.InferOutput<T> {
  const parsed = v.safeParse(schema, job.result)
  if (parsed.success) return parsed.output
  throw new AppError('internal', `The result of ${job.kind} has not the form that it should have`)
}
