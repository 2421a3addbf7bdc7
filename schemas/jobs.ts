/** Jobs, and the events that they send. */
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

export const JobState = v.picklist([
  'queued',
  'running',
  'paused',
  'succeeded',
  'failed',
  'cancelled',
])
export type JobState = v.InferOutput<typeof JobState>

/**
 * Priority: work that the user waits for, work that follows from it, work that the service starts.
 */
export const JobPriority = v.picklist(['interactive', 'normal', 'idle'])
export type JobPriority = v.InferOutput<typeof JobPriority>

/** Where a job resumes after a pause or a restart. */
export const JobCursor = v.object({
  /** What the work itself noted, at most 4 KiB. */
  at: AnyObject,
  /** How many rows of the result are in `data/jobs/<id>.kept.jsonl` up to there. */
  rows: Count,
})
export type JobCursor = v.InferOutput<typeof JobCursor>

/** `data/jobs/<id>.json`, synapse.job.v1, and the answer that describes it. */
export const Job = v.looseObject({
  schema: v.optional(v.string(), 'synapse.job.v1'),
  id: v.string(),
  /** `noun.verb`: import.files, inventory.verify, … */
  kind: v.string(),
  /** Kind and canonical request: the same while running means the same job. */
  key: v.string(),
  state: JobState,
  priority: v.optional(JobPriority, 'normal'),
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
  /** Its long lists hold their first rows alone; see `lists`. */
  result: v.nullable(AnyObject),
  /** The name of each list of the result, and how many rows it has: see `jobs.items`. */
  lists: v.optional(v.record(v.string(), Count)),
  problem: v.nullable(Problem),
  cursor: v.optional(JobCursor),
  /** The process that runs the job; its lock is beside the record while it lives. */
  owner: v.optional(v.string()),
  /** False where the disk did not take the record: the job is forgotten when the service ends. */
  recorded: v.optional(v.boolean()),
})
export type Job = v.InferOutput<typeof Job>

/** A page of jobs, newest first. */
export const JobPage = pageOf(Job)

/** A page of one list of a job's result, in the order of the result. */
export const JobItems = v.object({
  ...pageOf(v.unknown()).entries,
  /** Which list this is: `files`, `skipped`, ... */
  list: v.string(),
})
export type JobItems = v.InferOutput<typeof JobItems>

/** Whether what the service thinks of itself waits to be resumed. */
export const IdleWork = v.strictObject({ paused: v.boolean() })

/** The part of a job that events carry: its progress. Request and result are fetched. */
export const JobFacts = v.object({
  id: v.string(),
  kind: v.string(),
  state: JobState,
  actor: v.string(),
  stage: v.string(),
  done: Count,
  total: v.nullable(Count),
  unit: Job.entries.unit,
  rate: v.nullable(v.number()),
  eta_seconds: v.nullable(v.number()),
  created_at: Timestamp,
  started_at: v.nullable(Timestamp),
  ended_at: v.nullable(Timestamp),
})
export type JobFacts = v.InferOutput<typeof JobFacts>

/** Events for panels and `synapse watch`. They are small: what was missed is fetched again. */
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
  v.object({ type: v.literal('job.updated'), job: JobFacts }),
  v.object({ type: v.literal('resync') }),
])
export type AppEvent = v.InferOutput<typeof AppEvent>
