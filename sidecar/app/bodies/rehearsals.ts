/** Dry runs that read a store and nothing else, so that a thread of their own can do them. */
import type { EndpointId, HandlerInput } from '../../../schemas/endpoints.ts'
import { previewCreate, previewEdit } from '../../domain/packs/preview-pack.ts'
import { previewRestoredPack } from '../../domain/packs/restore-pack.ts'
import type { ReadingContext } from '../../domain/context.ts'
import type { Clock } from '../../platform/clock.ts'
import { fixedLinkStyles, type LinkStyleTable } from '../../store/link-styles.ts'
import { StorePaths } from '../../store/store-paths.ts'
import { StoreReader } from '../../store/store-reader.ts'
import { createCache } from '../../store/store-cache.ts'

/** What a dry run in another thread needs to know; all of it may be sent there. */
export interface RehearsalStore {
  readonly root: string
  readonly linkStyles: LinkStyleTable
  readonly now: number
}

type Context = ReadingContext & { readonly clock: Clock }

type Rehearse<K extends EndpointId> = (ctx: Context, input: HandlerInput<K>) => Promise<unknown>

/**
 * Endpoints whose bodies may be large, each with the dry run of what it does. They are the same
 * for every caller.
 */
const REHEARSALS: { readonly [K in EndpointId]?: Rehearse<K> } = {
  'packs.create': (ctx, { body }) => previewCreate(ctx, body),
  'packs.edit': (ctx, { params, body }) => previewEdit(ctx, { ...body, name: params.name }),
  'packs.restore': (ctx, { body }) => previewRestoredPack(ctx, body),
}

/** Reports whether {@link rehearse} can do this endpoint's dry run. */
export function canRehearse(id: EndpointId): boolean {
  return Object.hasOwn(REHEARSALS, id)
}

/** Reports whether checked input asks for a dry run. */
export function asksDryRun(...asked: readonly unknown[]): boolean {
  return asked.some((one) => (one as { dry_run?: unknown } | undefined)?.dry_run === true)
}

/**
 * Does the dry run of an endpoint with checked input; nothing is changed.
 * @throws as the endpoint answers, whether it was asked for a dry run or not
 */
export async function rehearse<K extends EndpointId>(
  id: K,
  { root, linkStyles: table, now }: RehearsalStore,
  input: HandlerInput<K>,
): Promise<unknown> {
  const paths = new StorePaths(root)
  const linkStyles = fixedLinkStyles(table)
  const store = { paths, reader: new StoreReader(paths, createCache(paths, { linkStyles })) }
  const ctx = { store, clock: { now: () => now } }
  return REHEARSALS[id]?.(ctx, input)
}
