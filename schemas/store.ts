/** The store as a whole: status, doctor, clean; access. */
import * as v from 'valibot'
import { Uuid } from './ids.ts'
import { UiStatus } from './profile.ts'
import { SwitchPlan } from './switch.ts'
import { AnyObject, Bytes, Count, Line, OutsidePath, Timestamp, pageOf } from './values.ts'

/** Answer of `GET /api/health`. */
export const Health = v.object({
  status: v.literal('ok'),
  name: v.literal('synapse'),
  version: v.string(),
  /** Id of the newest event: a page whose stream is behind it misses events. */
  last_event: v.string(),
})
export type Health = v.InferOutput<typeof Health>

/** Body of `POST /api/store/init`. */
export const InitRequest = v.strictObject({
  dry_run: v.optional(v.boolean(), false),
  /** Makes parts again that are offline: their disk is gone for good. */
  new_parts: v.optional(v.boolean(), false),
})
export type InitRequest = v.InferOutput<typeof InitRequest>

/** Answer of `POST /api/store/init`. */
export const InitResult = v.object({
  dry_run: v.boolean(),
  root: v.string(),
  created: v.array(v.string()),
  already_there: v.boolean(),
  /** Of a dry run on a folder that is there: the first view of each interface that has none. */
  plan: v.optional(SwitchPlan),
})
export type InitResult = v.InferOutput<typeof InitResult>

/** What a volume can do, found by doing it. */
export const VolumeStatus = v.object({
  filesystem: v.string(),
  symlinks: v.boolean(),
  hard_links: v.boolean(),
  reflinks: v.boolean(),
  case_sensitive: v.boolean(),
  network: v.boolean(),
  /** False where the volume is read-only, or its folder is not this user's. */
  writable: v.boolean(),
  /** Why it could not be tried what the volume can do; null where it was. */
  untried: v.nullable(v.picklist(['read_only', 'denied', 'full', 'offline'])),
  free_bytes: Bytes,
  total_bytes: Bytes,
  /** How links of views are made here. */
  link_form: v.string(),
  /** False where switches go link by link instead of in one step. */
  atomic_switch: v.boolean(),
})
export type VolumeStatus = v.InferOutput<typeof VolumeStatus>

/** A part of the store whose disk is not connected; until it is back, nothing is written. */
export const OfflinePart = v.object({
  part: v.picklist(['data', 'blobs', 'state']),
  /** Absolute path of the folder. */
  path: v.string(),
  reason: v.string(),
})
export type OfflinePart = v.InferOutput<typeof OfflinePart>

/** Answer of `GET /api/store/status`. */
export const StoreStatus = v.object({
  initialized: v.boolean(),
  root: v.string(),
  version: v.string(),
  /** Parts of the store that are not connected; the rest is reported as far as it can be read. */
  offline: v.array(OfflinePart),
  ui: v.record(v.string(), UiStatus),
  blobs: v.object({
    total: Count,
    referenced: Count,
    orphan: Count,
    missing: Count,
    /** Damaged, by their records or their size. */
    bad: Count,
    /** Blobs that were written to since they were verified. */
    changed: Count,
    bytes_total: Bytes,
  }),
  packs: Count,
  profiles: Count,
  jobs: v.object({
    running: Count,
    queued: Count,
    /** Jobs that wait to be resumed. */
    paused: v.optional(Count, 0),
    /** Whether all that the service thinks of itself waits to be resumed. */
    idle_paused: v.optional(v.boolean(), false),
    /** Jobs that could not be recorded. */
    unrecorded: v.optional(Count, 0),
  }),
  trash: v.object({ entries: Count, bytes: Bytes }),
  /** Foreign files that stood where something of ours had to go. */
  quarantine: v.optional(v.object({ entries: Count, bytes: Bytes })),
  volume: v.nullable(VolumeStatus),
  /**
   * Sentences; commands in backticks. Where there is a store, the first ones describe `offline`.
   */
  notes: v.array(v.string()),
})
export type StoreStatus = v.InferOutput<typeof StoreStatus>

/** Body of `POST /api/store/doctor`. */
export const DoctorRequest = v.strictObject({
  rebuild_views: v.optional(v.boolean(), false),
  rebuild_index: v.optional(v.boolean(), false),
  verify_blobs: v.optional(v.boolean(), false),
  repair: v.optional(v.boolean(), false),
  /** Confirms that packs which are gone from `state/` were removed on purpose. */
  forget_packs: v.optional(v.boolean(), false),
  /** Imports foreign model files that are in views. */
  adopt: v.optional(v.boolean(), false),
  /** Operations of the store that this one is a copy of: carried on with the files they name. */
  finish: v.optional(v.pipe(v.array(Uuid), v.maxLength(1000)), []),
  /** As `finish`, but the files go back to where they were. */
  put_back: v.optional(v.pipe(v.array(Uuid), v.maxLength(1000)), []),
})
export type DoctorRequest = v.InferOutput<typeof DoctorRequest>

/** One thing that doctor found. */
export const Finding = v.object({
  check: v.string(),
  severity: v.picklist(['error', 'warning', 'note']),
  /** In plain words. */
  message: v.string(),
  path: v.optional(v.string()),
  repairable: v.boolean(),
  repaired: v.boolean(),
})
export type Finding = v.InferOutput<typeof Finding>

/** What doctor found and repaired, with the time that each check took. */
export const DoctorReport = v.object({
  healthy: v.boolean(),
  findings: v.array(Finding),
  checks: v.array(v.object({ check: v.string(), findings: Count, duration_ms: v.number() })),
  journal_id: v.optional(v.string()),
})
export type DoctorReport = v.InferOutput<typeof DoctorReport>

/** Body of `POST /api/store/clean`. */
export const CleanRequest = v.strictObject({ dry_run: v.optional(v.boolean(), false) })

/** What `clean` removed: abandoned partial files. */
export const CleanResult = v.object({
  dry_run: v.boolean(),
  removed: v.array(v.object({ path: v.string(), size_bytes: Bytes })),
  kept: Count,
  bytes_freed: Bytes,
  trash_expired: Count,
  /** What was left for another time, and why. */
  notes: v.array(v.string()),
})
export type CleanResult = v.InferOutput<typeof CleanResult>

/** Body of `POST /api/auth/pair`. */
export const PairRequest = v.strictObject({ label: v.optional(Line, '') })

/** Answer of pairing: the code to show, and the secret for polling. */
export const PairStarted = v.object({
  id: v.string(),
  code: v.string(),
  secret: v.string(),
  expires_at: Timestamp,
})
export type PairStarted = v.InferOutput<typeof PairStarted>

/** Body of `POST /api/auth/pair/{id}`. */
export const PairPoll = v.strictObject({ secret: v.pipe(v.string(), v.maxLength(128)) })

/** Answer of a poll; the token is returned once. */
export const PairState = v.object({
  state: v.picklist(['waiting', 'approved', 'refused', 'expired']),
  token: v.optional(v.string()),
  scope: v.optional(v.string()),
})
export type PairState = v.InferOutput<typeof PairState>

/** A pairing that waits for approval. */
export const Pairing = v.object({
  id: v.string(),
  code: v.string(),
  label: v.string(),
  user_agent: v.string(),
  via: v.picklist(['direct', 'comfyui']),
  /** The origin of the requesting page; null where the browser sends none. */
  origin: v.nullable(v.string()),
  created_at: Timestamp,
  expires_at: Timestamp,
})
export type Pairing = v.InferOutput<typeof Pairing>

/** Pairings that wait. */
export const PairingPage = pageOf(Pairing)

/** Body of `POST /api/auth/approve`. */
export const ApprovePairing = v.strictObject({
  code: v.pipe(v.string(), v.minLength(1), v.maxLength(20)),
  approve: v.optional(v.boolean(), true),
})

/** Body of `POST /api/auth/login`: the code of the link that the service printed. */
export const LoginRequest = v.strictObject({ code: v.pipe(v.string(), v.maxLength(128)) })

/** A browser's own token. */
export const LoginResult = v.object({ token: v.string(), scope: v.string() })
export type LoginResult = v.InferOutput<typeof LoginResult>

/** A browser that holds a token. */
export const Session = v.object({
  id: v.string(),
  label: v.string(),
  scope: v.string(),
  via: v.string(),
  user_agent: v.string(),
  created_at: Timestamp,
  last_used: v.nullable(Timestamp),
})
export type Session = v.InferOutput<typeof Session>

/** Browsers that hold tokens. */
export const SessionPage = pageOf(Session)

/** Answer of an operation that has nothing more to say. */
export const Done = v.object({ done: v.literal(true) })

/** Body of `POST /api/comfyui/install` and `/uninstall`. */
export const ComfyInstall = v.strictObject({
  path: OutsidePath,
  /** A copy of the folder instead of a link to it. */
  copy: v.optional(v.boolean(), false),
  dry_run: v.optional(v.boolean(), false),
})
export type ComfyInstall = v.InferOutput<typeof ComfyInstall>

/** What was put into, or taken out of, a ComfyUI. */
export const ComfyInstallResult = v.object({
  dry_run: v.boolean(),
  comfyui: v.string(),
  target: v.string(),
  how: v.picklist(['link', 'copy', 'removed', 'already_there', 'not_there']),
  next: v.string(),
})
export type ComfyInstallResult = v.InferOutput<typeof ComfyInstallResult>

/** An empty or unknown query. */
export const NoQuery = v.object({})
/** Details of whatever kind. */
export const Details = AnyObject
