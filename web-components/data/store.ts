/** The store as a whole, and what it has to say. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { Api } from '../contexts/api.ts'

/** The store as a whole. */
export type StoreStatus = Answer<'store.status'>

/** Returns what the store holds and has to say; also answered while parts of it are offline. */
export function loadStore(api: Api, signal: AbortSignal): Promise<StoreStatus> {
  return api.call('store.status', {}, signal)
}
