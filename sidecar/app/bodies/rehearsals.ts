/** Dry runs that only read a store, so that another thread can make them. */
import type { EndpointId, HandlerInput } from '../../../schemas/endpoints.ts'
import { previewCreate, previewEdit } from '../../domain/packs/preview-pack.ts'
import { previewRestoredPack } from '../../domain/packs/restore-pack.ts'
import type { ReadingContext } from '../../domain/context.ts'
import type { Clock } from '../../platform/clock.ts'
import { fixedLinkStyles, type LinkStyleTable } from '../../store/link-styles.ts'
import { StorePaths } from '../../store/store-paths.ts'
import { StoreReader } from '../../store/store-reader.ts'
import { createCache } from '../../store/store-cache.ts'

/** The input of a dry run in another thread; all of it can be transferred. */
export interface RehearsalStore {
  readonly root: string
  readonly linkStyles: LinkStyleTable
  readonly now: number
}

type Context = ReadingContext & { readonly clock: Clock }

type Rehearse<K extends EndpointId> = (ctx: Context, input: HandlerInput<K>) => Promise<unknown>

/**
 * Endpoints whose bodies may be large, each with its dry run. The result is the same for every
 * caller.
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
 * Makes the dry run of an endpoint with checked input; nothing is changed.
 * @throws the errors of the endpoint
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
