/** What a row of the endpoint table holds, and what most rows have in common. */
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { PageQuery } from '../values.ts'
import type { Address } from './addresses.ts'

/** Who may call an endpoint: everyone, holders of any token, or only the owner. */
export type Access = 'open' | 'token' | 'owner'

/**
 * What an endpoint needs: only this process, a disk, the documents of the store, or also the lock
 * of the store. Each adds its own errors.
 */
export type Needs = 'nothing' | 'disk' | 'store' | 'lock'

/** How much the body of a request may hold; more is refused before it is taken apart. */
export interface BodyLimit {
  readonly bytes: number
  /** Values of JSON: each object, list, text, number and so on, at every level. */
  readonly values: number
}

const MIB = 1024 * 1024

/** The sizes of bodies. */
export const BODY_LIMITS = {
  /** What is asked without a token. */
  tiny: { bytes: 8 * 1024, values: 64 },
  usual: { bytes: MIB, values: 20_000 },
  /** Lists of as many files as a request may name, each with all its fields. */
  lists: { bytes: 32 * MIB, values: 1_000_000 },
  /** An export: few values, long texts. */
  export: { bytes: 70 * MIB, values: 50_000 },
} as const satisfies Record<string, BodyLimit>

/** One address: what is sent there and what it answers. */
export interface Endpoint extends Address {
  readonly summary: string
  readonly access: Access
  readonly params: v.ObjectEntries
  readonly query: v.GenericSchema
  /** Given where the method {@link takesBody}, and there alone. */
  readonly body: v.GenericSchema | null
  readonly limit: BodyLimit
  readonly answer: v.GenericSchema
  /** 202 answers the job that does the work. */
  readonly status: 200 | 202
  readonly needs: Needs
  /** Codes beside those that {@link answeredCodes} adds to all endpoints of its sort. */
  readonly errors: readonly ErrorCode[]
  /** What the job that a 202 answers may end with, beside faults of disks. */
  readonly jobErrors: readonly ErrorCode[]
}

/** The part of the table that one noun brings. */
export type EndpointRows = Readonly<Record<string, Endpoint>>

/** A query or body without fields. */
export const none = v.strictObject({})

/** The query of a plain list. */
export const page = v.strictObject(PageQuery)

/** What a row is unless it says otherwise. */
export const base = {
  access: 'token',
  params: {},
  query: none,
  body: null,
  limit: BODY_LIMITS.usual,
  status: 200,
  needs: 'store',
  errors: [],
  jobErrors: [],
} as const

const EVERYWHERE: readonly ErrorCode[] = [
  'input.invalid',
  'input.malformed',
  'auth.forbidden',
  'route.method_not_allowed',
  'internal',
]
const WITH_BODY: readonly ErrorCode[] = [
  'input.too_large',
  'input.unsupported_type',
  'service.busy',
]
const DISK: readonly ErrorCode[] = [
  'disk.denied',
  'disk.failed',
  'disk.full',
  'disk.read_only',
  'disk.vanished',
]
const STORE: readonly ErrorCode[] = [
  ...DISK,
  'store.document_broken',
  'store.newer_format',
  'store.offline',
  'store.absent',
]
const NEEDED: Readonly<Record<Needs, readonly ErrorCode[]>> = {
  nothing: [],
  disk: DISK,
  store: STORE,
  lock: [...STORE, 'store.locked', 'store.network_lock'],
}

/**
 * Returns every code that an endpoint may answer: those of its row, and those of all of its sort.
 */
export function answeredCodes(
  endpoint: Pick<Endpoint, 'access' | 'method' | 'needs' | 'errors'>,
): Set<ErrorCode> {
  return new Set([
    ...EVERYWHERE,
    ...(endpoint.access === 'open' ? [] : (['auth.required'] as const)),
    ...(endpoint.method === 'GET' ? [] : WITH_BODY),
    ...NEEDED[endpoint.needs],
    ...endpoint.errors,
  ])
}
