/** `profiles.*`. */
import { activateProfile } from '../../domain/profiles/activate-profile.ts'
import { backProfile } from '../../domain/profiles/back-profile.ts'
import { listProfiles } from '../../domain/profiles/list-profiles.ts'
import { profilesStatus } from '../../domain/profiles/profiles-status.ts'
import { resetProfile } from '../../domain/profiles/reset-profile.ts'
import { showProfile } from '../../domain/profiles/show-profile.ts'
import { startupProfile } from '../../domain/profiles/startup-profile.ts'
import { syncProfiles } from '../../domain/profiles/sync-profiles.ts'
import { useProfile } from '../../domain/profiles/use-profile.ts'
import { buildViewJob } from '../jobs/kinds/view.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

/** Handlers of profiles and switches. */
export function profilesHandlers({ services }: HandlerContext): HandlersOf<'profiles'> {
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
      startupProfile(services, body, async (profile, ui) => {
        const job = await services.jobs.start(buildViewJob(services, profile, ui))
        return job.id
      }),
  }
}
