/** Packs as a list. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from './connection.ts'

/** A page of packs. */
export type PackPage = Answer<'packs.list'>
/** A pack in a list. */
export type PackSummary = PackPage['items'][number]

const AT_MOST = 1000

/** Packs by name, the first thousand of those that match. */
export function loadPacks(api: Api, search: string, signal: AbortSignal): Promise<PackPage> {
  const query = search === '' ? { limit: AT_MOST } : { limit: AT_MOST, search }
  return api.call('packs.list', { query }, signal)
}

/** Whether a pack is meant by what was typed: every word in its name, tags or base model. */
export function matchesPack(pack: PackSummary, search: string): boolean {
  const words = search.toLocaleLowerCase().split(/\s+/u).filter(Boolean)
  const text = [pack.name, pack.base_model ?? '', ...pack.tags].join(' ').toLocaleLowerCase()
  return words.every((word) => text.includes(word))
}

const PACK_FACTS: readonly AppEvent['type'][] = [
  'pack.changed',
  'profile.activated',
  'profile.changed',
  'blob.added',
  'blob.removed',
  'index.rebuilt',
]

/** Events after which the list is out of date. */
export const concernsPacks = (fact: AppEvent) => PACK_FACTS.includes(fact.type)
