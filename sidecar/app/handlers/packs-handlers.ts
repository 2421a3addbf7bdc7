/** `packs.*`. */
import { editPack } from '../../domain/packs/edit-pack.ts'
import { createPack } from '../../domain/packs/create-pack.ts'
import { deletePack } from '../../domain/packs/delete-pack.ts'
import { previewCreate, previewEdit } from '../../domain/packs/preview-pack.ts'
import { listPacks } from '../../domain/packs/list-packs.ts'
import { showPack } from '../../domain/packs/show-pack.ts'
import { previewResolve, resolvePack } from '../../domain/packs/resolve-pack.ts'
import { previewRestoredPack, restorePack } from '../../domain/packs/restore-pack.ts'
import { exportPack } from '../../domain/packs/export-pack.ts'
import { changeAndSync } from '../../domain/profiles/sync-views.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of packs; views are synced after every change. */
export function packsHandlers({ services }: HandlerContext): HandlersOf<'packs'> {
  const change = <T>(actor: string, work: (tx: StoreTx) => Promise<T>) =>
    changeAndSync(services.store, actor, work)

  return {
    'packs.list': ({ query }) => listPacks(services, query),
    'packs.show': ({ params }) => showPack(services, params.name),
    'packs.create': async ({ body: { dry_run, ...request } }, { actor }) => {
      if (dry_run) return previewCreate(services, request)
      await change(actor, (tx) => createPack(tx, request))
      return { dry_run, ...showPack(services, request.name) }
    },
    'packs.edit': async ({ params, body: { dry_run, ...edit } }, { actor }) => {
      if (dry_run) return previewEdit(services, { ...edit, name: params.name })
      const name = await change(actor, (tx) => editPack(tx, { ...edit, name: params.name }))
      return { dry_run, ...showPack(services, name) }
    },
    'packs.delete': ({ params, query }, { actor }) =>
      deletePack(services, actor, { pack: params.name, ...query }),
    'packs.resolve': ({ params, body }, { actor }) =>
      body.dry_run
        ? previewResolve(services, params.name)
        : change(actor, (tx) => resolvePack(tx, params.name)),
    'packs.export': ({ params }) => exportPack(services, params.name),
    'packs.restore': ({ body, query }, { actor }) =>
      query.dry_run
        ? previewRestoredPack(services, body)
        : change(actor, (tx) => restorePack(tx, body)),
  }
}
