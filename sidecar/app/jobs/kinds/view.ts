/** The job that builds a view. */
import type { ProfileName, UiName } from '../../../../schemas/ids.ts'
import { activateProfile } from '../../../domain/profiles/activate-profile.ts'
import type { Services } from '../../services.ts'
import type { JobPlan } from '../job-model.ts'

/**
 * Returns the job that builds and activates the view that an interface requested when it started.
 */
export function buildViewJob(services: Services, profile: ProfileName, ui: UiName): JobPlan {
  const run = async () => ({
    ...(await activateProfile(services, 'startup', {
      profile,
      ui_set: ui as never,
      dry_run: false,
    })),
  })
  return {
    kind: 'view.build',
    needs: { store: true },
    priority: 'interactive',
    pausable: false,
    actor: 'startup',
    request: { profile, ui },
    run,
  }
}
