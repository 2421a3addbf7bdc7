/** A page of packs, with how many of their files are present. */
import type { Answer } from '../../../schemas/endpoints.ts'
import type { StoreContext } from '../context.ts'
import { activePacks, summaryOf } from './pack-summary.ts'
import { findPack, type FoundPack } from './wanted-files.ts'

interface ReadContext {
  readonly store: Pick<StoreContext['store'], 'reader'>
}

/** A query of the list. */
export interface PackQuery {
  /** Words that must all occur in a pack's name, description, base model or tags. */
  readonly search?: string | undefined
  readonly limit: number
  readonly offset: number
}

function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase()
}

function matches({ name, pack }: FoundPack, words: readonly string[]): boolean {
  const { description, base_model, tags = [], user_tags = [] } = pack ?? {}
  const text = folded([name, description, base_model, ...tags, ...user_tags].join('\n'))
  return words.every((word) => text.includes(word))
}

/**
 * Returns a page of packs by name. A pack whose documents cannot be read is listed with the reason;
 * `total` counts the matches of the search.
 * @throws store.document_broken, store.newer_format of config or runtime
 */
export function listPacks(ctx: ReadContext, query: PackQuery): Answer<'packs.list'> {
  const { reader } = ctx.store
  const { limit, offset } = query
  const words = folded(query.search ?? '')
    .split(/\s+/u)
    .filter(Boolean)
  const names = reader.packNames()
  const found =
    words.length === 0 ? names : names.filter((name) => matches(findPack(reader, name), words))
  const active = activePacks(reader)
  const items = found
    .slice(offset, offset + limit)
    .map((name) => summaryOf(reader, findPack(reader, name), active))
  return { total: found.length, limit, offset, items }
}
