/** `profiles.*`. */
import { listProfiles, profilesStatus, showProfile } from '../../domain/profiles/read-profiles.ts'
import { startupProfile } from '../../domain/profiles/startup-profile.ts'
import {
  activateProfile,
  backProfile,
  resetProfile,
  syncProfiles,
  useProfile,
} from '../../domain/profiles/switch-profiles.ts'
import { buildViewJob } from '../jobs/job-kinds.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of profiles and switches. */
export function profileHandlers({ services }: HandlerContext): HandlersOf<'profiles'> {
  return {
    'profiles.list': ({ query }) => listProfiles(services, query),
    'profiles.show': ({ params }) => showProfile(services, params.name),
    'profiles.status': () => profilesStatus(services),
    'profiles.use': ({ body }, { actor }) => useProfile(services, actor, body),
    'profiles.back': ({ body }, { actor }) => backProfile(services, actor, body),
    'profiles.reset': ({ body }, { actor }) => resetProfile(services, actor, body),
    'profiles.sync': ({ body }, { actor }) => syncProfiles(services, actor, body),
    'profiles.activate': ({ body }, { actor }) => activateProfile(services, actor, body),
    'profiles.startup': ({ body }) =>
      startupProfile(services, 'startup', body, async (profile, ui) => {
        const job = await services.jobs.start(buildViewJob(services, profile, ui))
        return job.id
      }),
  }
}
