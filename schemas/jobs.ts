/** Long work, and what is told while it goes on. */
import * as v from 'valibot'
import { AnyObject, Count, Timestamp, pageOf } from './values.ts'

/** An error as it travels: application/problem+json (RFC 9457) with our code. */
export const Problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  code: v.string(),
  instance: v.optional(v.string()),
  hint: v.optional(v.string()),
  issues: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
  details: v.optional(AnyObject),
})
export type Problem = v.InferOutput<typeof Problem>

export const JobState = v.picklist(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
export type JobState = v.InferOutput<typeof JobState>

/** `data/jobs/<id>.json`, synapse.job.v1, and the answer that tells of it. */
export const Job = v.looseObject({
  schema: v.optional(v.string(), 'synapse.job.v1'),
  id: v.string(),
  /** `noun.verb`: import.files, store.verify, ... */
  kind: v.string(),
  /** Kind and canonical request: the same while running means the same job. */
  key: v.string(),
  state: JobState,
  actor: v.string(),
  request: AnyObject,
  stage: v.string(),
  done: Count,
  total: v.nullable(Count),
  unit: v.picklist(['bytes', 'files', 'blobs', 'links', 'steps']),
  /** Units per second over the last seconds. */
  rate: v.nullable(v.number()),
  eta_seconds: v.nullable(v.number()),
  created_at: Timestamp,
  started_at: v.nullable(Timestamp),
  ended_at: v.nullable(Timestamp),
  result: v.nullable(AnyObject),
  problem: v.nullable(Problem),
})
export type Job = v.InferOutput<typeof Job>

/** A page of jobs, newest first. */
export const JobPage = pageOf(Job)

/** What is told to panels and `synapse watch`. Small facts: what is lost is fetched again. */
export const AppEvent = v.variant('type', [
  v.object({ type: v.literal('profile.activated'), ui: v.string(), profile: v.string() }),
  v.object({ type: v.literal('view.changed'), ui: v.string(), profile: v.string() }),
  v.object({ type: v.literal('pack.changed'), pack: v.string() }),
  v.object({ type: v.literal('profile.changed'), profile: v.string() }),
  v.object({ type: v.literal('blob.added'), sha256: v.string() }),
  v.object({ type: v.literal('blob.removed'), sha256: v.string() }),
  v.object({ type: v.literal('config.changed') }),
  v.object({ type: v.literal('index.rebuilt') }),
  v.object({ type: v.literal('pairing.changed') }),
  v.object({ type: v.literal('job.updated'), job: Job }),
  v.object({ type: v.literal('resync') }),
])
export type AppEvent = v.InferOutput<typeof AppEvent>
