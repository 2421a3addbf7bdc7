/** `jobs.*`. */
import { allowResume } from '../jobs/resume-rights.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of jobs. */
export function jobsHandlers({ services }: HandlerContext): HandlersOf<'jobs'> {
  const { jobs } = services
  return {
    'jobs.list': async ({ query }) => {
      await jobs.refresh()
      return jobs.list(query)
    },
    'jobs.show': async ({ params }) => {
      await jobs.refresh()
      return jobs.get(params.id)
    },
    'jobs.items': ({ params, query }) => jobs.items(params.id, query),
    'jobs.cancel': ({ params }) => jobs.cancel(params.id),
    'jobs.pause': ({ params }) => jobs.pause(params.id),
    'jobs.resume': async ({ params }, caller) => {
      const job = jobs.get(params.id)
      if (job.state === 'paused') await allowResume(services, caller, job)
      return jobs.resume(params.id)
    },
    'jobs.idle': async ({ body: { paused } }) => {
      await jobs.setIdlePaused(paused)
      return { paused }
    },
  }
}
