/** `profiles.*`. */
import { activateProfile } from '../../domain/profiles/activate-profile.ts'
import { backProfile } from '../../domain/profiles/back-profile.ts'
import { deleteProfile } from '../../domain/profiles/delete-profile.ts'
import {
  createProfile,
  editProfile,
  previewCreateProfile,
  previewEditProfile,
} from '../../domain/profiles/edit-profile.ts'
import { listProfiles } from '../../domain/profiles/list-profiles.ts'
import { profilesStatus } from '../../domain/profiles/profiles-status.ts'
import { resetProfile } from '../../domain/profiles/reset-profile.ts'
import { showProfile } from '../../domain/profiles/show-profile.ts'
import { startupProfile } from '../../domain/profiles/startup-profile.ts'
import { changeAndSync } from '../../domain/profiles/sync-views.ts'
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
    'profiles.create': async ({ body: { dry_run, ...request } }, { actor }) => {
      if (dry_run) return previewCreateProfile(services, request)
      await changeAndSync(services.store, actor, (tx) => createProfile(tx, request))
      return { dry_run, ...showProfile(services, request.name) }
    },
    'profiles.edit': async ({ params, body: { dry_run, ...body } }, { actor }) => {
      const edit = { ...body, name: params.name }
      if (dry_run) return previewEditProfile(services, edit)
      const name = await changeAndSync(services.store, actor, (tx) => editProfile(tx, edit))
      return { dry_run, ...showProfile(services, name) }
    },
    'profiles.delete': ({ params, query }, { actor }) =>
      deleteProfile(services, actor, { profile: params.name, ...query }),
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
