/**
 * The one table of what can be asked over HTTP. Routes, the OpenAPI document, the typed client and
 * the command are made from it.
 */
import type * as v from 'valibot'
import type { ADDRESSES, EndpointId } from './endpoints/addresses.ts'
import { AUTH_ENDPOINTS } from './endpoints/auth-endpoints.ts'
import type { Endpoint } from './endpoints/endpoint.ts'
import { IMPORTS_ENDPOINTS } from './endpoints/imports-endpoints.ts'
import { INVENTORY_ENDPOINTS } from './endpoints/inventory-endpoints.ts'
import { JOBS_ENDPOINTS } from './endpoints/jobs-endpoints.ts'
import { JOURNAL_ENDPOINTS } from './endpoints/journal-endpoints.ts'
import { PACKS_ENDPOINTS } from './endpoints/packs-endpoints.ts'
import { PROFILES_ENDPOINTS } from './endpoints/profiles-endpoints.ts'
import { QUARANTINE_ENDPOINTS } from './endpoints/quarantine-endpoints.ts'
import { STORE_ENDPOINTS } from './endpoints/store-endpoints.ts'
import { TRASH_ENDPOINTS } from './endpoints/trash-endpoints.ts'

const ROWS = {
  ...STORE_ENDPOINTS,
  ...INVENTORY_ENDPOINTS,
  ...PACKS_ENDPOINTS,
  ...PROFILES_ENDPOINTS,
  ...IMPORTS_ENDPOINTS,
  ...JOBS_ENDPOINTS,
  ...JOURNAL_ENDPOINTS,
  ...TRASH_ENDPOINTS,
  ...QUARANTINE_ENDPOINTS,
  ...AUTH_ENDPOINTS,
} as const satisfies { readonly [K in EndpointId]: Endpoint & (typeof ADDRESSES)[K] }

export type { EndpointId }

/**
 * Endpoint → method, path, schemas, access and errors. `/api/events`, a stream, is not among them.
 */
export const ENDPOINTS: { readonly [K in EndpointId]: (typeof ROWS)[K] } = ROWS

type Entry<K extends EndpointId> = (typeof ROWS)[K]
type Input<T> = T extends v.GenericSchema ? v.InferInput<T> : undefined
type Output<T> = T extends v.GenericSchema ? v.InferOutput<T> : undefined
type ParamInput<T> = { readonly [P in keyof T]: string }
type ParamOutput<T> = {
  readonly [P in keyof T]: T[P] extends v.GenericSchema ? v.InferOutput<T[P]> : never
}

/** What a caller gives: parameters, query and body, each where the endpoint has one. */
export interface CallInput<K extends EndpointId> {
  readonly params?: ParamInput<Entry<K>['params']>
  readonly query?: Input<Entry<K>['query']>
  readonly body?: Input<Entry<K>['body']>
}

/** What a handler gets: all checked. */
export interface HandlerInput<K extends EndpointId> {
  readonly params: ParamOutput<Entry<K>['params']>
  readonly query: Output<Entry<K>['query']>
  readonly body: Output<Entry<K>['body']>
}

/** What an endpoint answers. */
export type Answer<K extends EndpointId> = v.InferInput<Entry<K>['answer']>
