/** `imports.*`. */
import { previewImport } from '../../domain/imports/preview-import.ts'
import { allowPaths } from '../auth/allow-paths.ts'
import { importJob } from '../jobs/kinds/import.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of imports. */
export function importsHandlers({ services }: HandlerContext): HandlersOf<'imports'> {
  const { jobs } = services
  return {
    'imports.preview': async ({ body }, caller) => {
      const allowed = await allowPaths(services, caller, body.paths)
      return previewImport(services, { ...body, ...allowed })
    },
    'imports.start': async ({ body }, caller) => {
      const order = { ...body, ...(await allowPaths(services, caller, body.paths)) }
      return jobs.start(importJob(services, caller.actor, order))
    },
  }
}
