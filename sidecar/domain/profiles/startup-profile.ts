/** The profile of a starting interface: answered at once, whatever else has to be done. */
import { AppError } from '../../../schemas/errors.ts'
import { GLOBAL, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import type { StartupRequest, StartupResult } from '../../../schemas/switch.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { uiNames } from '../views/ui-layout.ts'
import { performSwitch } from './perform-switch.ts'
import { activated } from './runtime-stack.ts'

/** The actor in the journal. */
const ACTOR = 'startup'

/** Starts a job that builds the view of a profile and activates it; returns the job's id. */
export type QueueBuild = (profile: ProfileName, ui: UiName) => string | Promise<string>

/** The stack that the settings request; null where they name a missing profile. */
function wantedStack(reader: StoreReader, ui: UiName): readonly ProfileName[] | null {
  const wanted = reader.config().startup[ui]?.activate ?? 'last'
  if (wanted === 'last') return reader.stack(ui)
  const name = wanted as ProfileName
  return name === GLOBAL || reader.profileNames().includes(name) ? activated(name) : null
}

function isShown(reader: StoreReader, ui: UiName, profile: ProfileName): boolean {
  const built = reader.knownView(ui, reader.viewSlot(ui, profile)) !== null
  if (reader.linkStyle(ui).folder === 'none') return built && reader.stack(ui).at(-1) === profile
  return built && reader.activeProfile(ui) === profile
}

/**
 * Reports whether a profile's own view was built before, so that activating it only flips a link.
 */
function isReady(reader: StoreReader, ui: UiName, profile: ProfileName): boolean {
  return reader.linkStyle(ui).folder !== 'none' && reader.knownView(ui, profile) !== null
}

async function show(ctx: StoreContext, ui: UiName, stack: readonly ProfileName[]): Promise<void> {
  await ctx.store.transact(ACTOR, (tx) =>
    performSwitch(tx, {
      action: 'activate',
      profile: stack.at(-1) ?? GLOBAL,
      stacks: new Map([[ui, stack]]),
      documents: new Map(),
      refresh: false,
      depth: 'incremental',
    }),
  )
  ctx.publish({ type: 'profile.activated', ui, profile: stack.at(-1) ?? GLOBAL })
}

/**
 * Activates the profile that `startup.<ui>.activate` names (`last`: that of the stack), if its view
 * was built before; otherwise queues building it and leaves the active profile.
 * @throws ui.not_found, store.not_initialized, store.locked, disk.*
 */
export async function startupProfile(
  ctx: StoreContext,
  request: StartupRequest,
  queue: QueueBuild,
): Promise<StartupResult> {
  const { ui } = request
  const { reader } = ctx.store
  reader.requireInitialized()
  if (!uiNames(reader.config()).includes(ui)) {
    throw new AppError('ui.not_found', `No such interface: "${ui}"`)
  }
  const current = reader.stack(ui)
  const stack = wantedStack(reader, ui)
  const answer = { ui, profile: current.at(-1) ?? GLOBAL, switched: false, queued_job: null }
  if (stack === null) {
    return { ...answer, message: 'The profile named in the settings does not exist' }
  }
  const profile = stack.at(-1) ?? GLOBAL
  const stays = current.join('\n') === stack.join('\n')
  if (stays && isShown(reader, ui, profile)) {
    return { ...answer, message: `"${profile}" is already active` }
  }
  if (!isReady(reader, ui, profile)) {
    const queued_job = await queue(profile, ui)
    return { ...answer, queued_job, message: `The view of "${profile}" is being built` }
  }
  await show(ctx, ui, stack)
  return { ...answer, profile, switched: true, message: `Switched to "${profile}"` }
}
