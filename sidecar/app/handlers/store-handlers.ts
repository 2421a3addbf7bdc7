/** `store.*` and `comfyui.*`. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { ComfyInstall, ComfyInstallResult } from '../../../schemas/store.ts'
import { VERSION } from '../../../schemas/version.ts'
import { installExtension, uninstallExtension } from '../../domain/comfyui/install-extension.ts'
import { inventorySummary } from '../../domain/inventory/read-inventory.ts'
import { cleanStore } from '../../domain/maintenance/clean-store.ts'
import { editConfig, previewConfig, readConfig } from '../../domain/maintenance/edit-config.ts'
import { initStore, previewInit } from '../../domain/maintenance/init-store.ts'
import { recentViewOperations } from '../../domain/maintenance/view-notes.ts'
import { storeStatus } from '../../domain/maintenance/store-status.ts'
import { announceView } from '../events/announce-view.ts'
import { doctorJob } from '../jobs/kinds/doctor.ts'
import { volumeStatus } from '../../domain/maintenance/volume-status.ts'
import { importSourceFolders } from '../mounts/import-source-folders.ts'
import type { Caller } from './handler.ts'
import type { Services } from '../services.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Reports whether `data/` is connected. */
function isThere({ store: { reader } }: Services): boolean {
  const { kind, offline } = reader.parts.look()
  return kind !== 'absent' && offline.every((one) => one.part !== 'data')
}

function volumeOf(services: Services) {
  if (!isThere(services) || services.store.reader.parts.look().offline.length > 0) return null
  try {
    return volumeStatus(services.store.reader)
  } catch (error) {
    // A machine.json that cannot be read is reported by doctor with the other documents.
    if (isAppError(error) && error.code.startsWith('store.')) return null
    throw error
  }
}

/** @throws auth.forbidden for a paired browser that requests more than it may */
function requireOwner({ scope }: Caller, asked: boolean, what: string): void {
  if (!asked || scope === 'owner') return
  throw new AppError('auth.forbidden', `Only the owner decides ${what}`)
}

const EXTENSION_CALLS = {
  install_extension: installExtension,
  uninstall_extension: uninstallExtension,
} as const

/**
 * Works on a ComfyUI in a process in which its folder may hang without harm.
 * @throws path.offline
 */
async function atComfyui(
  { services: { mounts }, extensionFolder }: HandlerContext,
  call: keyof typeof EXTENSION_CALLS,
  request: ComfyInstall,
): Promise<ComfyInstallResult> {
  const mount = await mounts.mountOf(request.path)
  if (mount === null) return EXTENSION_CALLS[call](request, { extensionFolder })
  const task = { name: call, input: { request, extensionFolder } }
  return (await mounts.ask(mount, task)) as ComfyInstallResult
}

/** Handlers of the store as a whole, and of the extension. */
export function storeHandlers(context: HandlerContext): HandlersOf<'store' | 'comfyui'> {
  const { services } = context
  return {
    'store.init': ({ body }, caller) => {
      requireOwner(caller, body.new_parts, 'that the disk of a part is gone for good')
      return body.dry_run
        ? previewInit(services, body.new_parts)
        : initStore(services, caller.actor, body.new_parts)
    },
    'store.status': async () => {
      await services.jobs.refresh()
      return storeStatus(services, {
        version: VERSION,
        summary: isThere(services) ? await inventorySummary(services) : null,
        volume: volumeOf(services),
        viewOperations: isThere(services)
          ? recentViewOperations(services, services.clock.now())
          : [],
        notices: [...services.notices.values()],
        jobs: { ...services.jobs.counts(), idle_paused: services.jobs.idlePaused },
      })
    },
    'store.config': () => readConfig(services),
    'store.config_edit': async ({ body: { dry_run, ...edit } }, { actor }) =>
      dry_run
        ? previewConfig(services, edit)
        : { dry_run, ...(await editConfig(services, actor, edit)) },
    'store.doctor': ({ body }, caller) => {
      const outside = body.finish.length + body.put_back.length > 0
      requireOwner(caller, outside, 'about files outside of the store')
      return services.jobs.start(doctorJob(services, caller.actor, body))
    },
    'store.clean': ({ body }, { actor }) =>
      cleanStore({ ...services, folders: () => importSourceFolders(services) }, actor, body),
    'comfyui.install': async ({ body }) => {
      const result = await atComfyui(context, 'install_extension', body)
      if (!body.dry_run) await announceView(services)
      return result
    },
    'comfyui.uninstall': ({ body }) => atComfyui(context, 'uninstall_extension', body),
  }
}
