/** Jobs: rows of the endpoint table. */
import * as v from 'valibot'
import { Uuid } from '../ids.ts'
import { IdleWork, Job, JobItems, JobPage, JobState } from '../jobs.ts'
import { Line, NoFields, PageQuery } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { base, type EndpointRows } from './endpoint.ts'

const id = { id: Uuid }

/** Rows of jobs. */
export const JOBS_ENDPOINTS = {
  'jobs.list': {
    ...base,
    ...ADDRESSES['jobs.list'],
    summary: 'Jobs, newest first',
    query: v.strictObject({ state: v.optional(JobState), ...PageQuery }),
    answer: JobPage,
    needs: 'nothing',
  },

  'jobs.show': {
    ...base,
    ...ADDRESSES['jobs.show'],
    summary: 'One job',
    params: id,
    answer: Job,
    needs: 'nothing',
    errors: ['job.not_found'],
  },

  'jobs.items': {
    ...base,
    ...ADDRESSES['jobs.items'],
    summary: 'The rows of one list of a result; without `list`, of the longest',
    params: id,
    query: v.strictObject({ list: v.optional(Line), ...PageQuery }),
    answer: JobItems,
    needs: 'nothing',
    errors: ['job.not_found'],
  },

  'jobs.cancel': {
    ...base,
    ...ADDRESSES['jobs.cancel'],
    summary: 'Cancels a job',
    params: id,
    answer: Job,
    needs: 'nothing',
    errors: ['job.not_found', 'job.elsewhere'],
  },

  'jobs.pause': {
    ...base,
    ...ADDRESSES['jobs.pause'],
    body: NoFields,
    summary: 'Pauses a job until it is resumed; it keeps what is done',
    params: id,
    answer: Job,
    needs: 'nothing',
    errors: ['job.not_found', 'job.elsewhere', 'job.not_pausable'],
  },

  'jobs.resume': {
    ...base,
    ...ADDRESSES['jobs.resume'],
    body: NoFields,
    summary: 'Resumes a paused job; a browser may resume only what it could start',
    params: id,
    answer: Job,
    errors: ['job.not_found', 'job.elsewhere', 'auth.path_not_allowed', 'path.offline'],
  },

  'jobs.idle': {
    ...base,
    ...ADDRESSES['jobs.idle'],
    summary: 'Pauses or resumes the background work of the service',
    body: IdleWork,
    answer: IdleWork,
    errors: ['store.not_initialized'],
  },
} as const satisfies EndpointRows
