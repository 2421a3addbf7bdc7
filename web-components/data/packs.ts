/** Packs as a list. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from '../contexts/api.ts'

/** A page of packs. */
export type PackPage = Answer<'packs.list'>
/** A pack in a list. */
export type PackSummary = PackPage['items'][number]

/** How many packs are shown at once. */
export const PACKS_AT_ONCE = 1000

/** A query of the list. */
export interface PackQuery {
  /** Empty: all. */
  readonly search: string
  /** How many packs come before. */
  readonly offset: number
}

/** Returns a page of the packs that match, by name. */
export function loadPacks(
  api: Api,
  { search, offset }: PackQuery,
  signal: AbortSignal,
): Promise<PackPage> {
  const limit = PACKS_AT_ONCE
  const query = search === '' ? { limit, offset } : { limit, offset, search }
  return api.call('packs.list', { query }, signal)
}

/**
 * Reports whether a pack is meant by what was typed: every word in its name, tags or base model.
 */
export function matchesPack(pack: PackSummary, search: string): boolean {
  const words = search.toLocaleLowerCase().split(/\s+/u).filter(Boolean)
  const text = [pack.name, pack.base_model ?? '', ...pack.tags].join(' ').toLocaleLowerCase()
  return words.every((word) => text.includes(word))
}

const PACK_EVENTS: readonly AppEvent['type'][] = [
  'pack.changed',
  'profile.activated',
  'profile.changed',
  'blob.added',
  'blob.removed',
  'index.rebuilt',
]

/** Reports whether the list is out of date after an event. */
export const affectsPacks = (event: AppEvent) => PACK_EVENTS.includes(event.type)
