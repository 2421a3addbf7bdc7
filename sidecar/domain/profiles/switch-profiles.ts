/** `use`, `back`, `reset`, `sync`, `activate`: what each means for the stacks. */
import { AppError } from '../../../schemas/errors.ts'
import { GLOBAL, type PackName, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import type {
  ActivateRequest,
  BackRequest,
  Profile,
  ResetRequest,
  SwitchResult,
  SyncRequest,
  UseRequest,
} from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { chooseUis } from './choose-uis.ts'
import { deriveProfile } from './derive-profile.ts'
import { performSwitch, previewSwitch } from './perform-switch.ts'
import type { SwitchIntent } from './plan-switch.ts'
import { takeAlong, withCloserLook } from './take-along.ts'
import { activated, derivedProfile, packOfDerived, pop, push } from './runtime-stack.ts'

interface Options {
  readonly dry_run: boolean
  readonly expect?: string | undefined
}

type Stacks = Map<UiName, readonly ProfileName[]>

async function carryOut(
  ctx: StoreContext,
  actor: string,
  options: Options,
  intend: (reader: StoreReader) => SwitchIntent,
): Promise<SwitchResult> {
  const { reader } = ctx.store
  reader.requireInitialized()
  if (options.dry_run) {
    return withCloserLook(reader, previewSwitch(reader, intend(reader), options.expect))
  }
  const done = await ctx.store.transact(actor, (tx) =>
    performSwitch(tx, intend(tx), options.expect),
  )
  const result = await takeAlong(ctx, await withCloserLook(reader, done))
  for (const ui of result.uis) {
    const profile = result.stacks[ui]?.at(-1)
    if (profile !== undefined) ctx.publish({ type: 'profile.activated', ui, profile })
  }
  return result
}

function stacksFor(
  reader: StoreReader,
  uis: readonly UiName[],
  next: (stack: ProfileName[], ui: UiName) => readonly ProfileName[],
): Stacks {
  return new Map(uis.map((ui) => [ui, next(reader.stack(ui), ui)]))
}

/** Returns the derived profiles among the tops of stacks, written anew from their base. */
export function regenerateDerivedProfiles(
  reader: StoreReader,
  tops: Iterable<ProfileName>,
): Map<ProfileName, Profile> {
  const documents = new Map<ProfileName, Profile>()
  for (const name of new Set(tops)) {
    const pack = packOfDerived(name) as PackName | null
    if (pack === null || reader.pack(pack) === null) continue
    documents.set(name, deriveProfile(reader, name, pack, name.startsWith('only__')))
  }
  return documents
}

function requireProfile(reader: StoreReader, name: ProfileName): void {
  if (name === GLOBAL || reader.profile(name) !== null) return
  throw new AppError('profile.not_found', `There is no profile "${name}"`)
}

/**
 * Shows a pack: on top of the base profile, or alone. The pack that is on top already leaves the
 * stack as it is, its view is brought up to date.
 * @throws pack.not_found, pack.cycle, ui_set.not_found, plan.stale, view.path_taken
 */
export async function useProfile(
  ctx: StoreContext,
  actor: string,
  request: UseRequest,
): Promise<SwitchResult> {
  const name = derivedProfile(request.pack, request.only)
  return carryOut(ctx, actor, request, (reader) => {
    reader.requirePack(request.pack)
    const uis = chooseUis(reader, request.ui_set)
    return {
      action: 'use',
      profile: name,
      stacks: stacksFor(reader, uis, (stack) => push(stack, name)),
      documents: new Map([[name, deriveProfile(reader, name, request.pack, request.only)]]),
      refresh: true,
      depth: request.sync ? 'full' : 'incremental',
    }
  })
}

/**
 * Goes back to the profile before; its view is shown as it was, or brought up to date first.
 * @throws profile.stack_empty where an interface of the set has nothing below; nothing changes
 */
export async function backProfile(
  ctx: StoreContext,
  actor: string,
  request: BackRequest,
): Promise<SwitchResult> {
  return carryOut(ctx, actor, request, (reader) => {
    const uis = chooseUis(reader, request.ui_set)
    const stacks = stacksFor(reader, uis, (stack, ui) => pop(stack) ?? emptyStack(ui))
    return {
      action: 'back',
      profile: stacks.values().next().value?.at(-1) ?? null,
      stacks,
      documents: new Map(),
      refresh: request.sync,
      depth: request.sync ? 'full' : 'incremental',
    }
  })
}

function emptyStack(ui: UiName): never {
  throw new AppError('profile.stack_empty', `${ui} has no profile to go back to`)
}

/** Goes back to the global profile. @throws as {@link useProfile} */
export async function resetProfile(
  ctx: StoreContext,
  actor: string,
  request: ResetRequest,
): Promise<SwitchResult> {
  return carryOut(ctx, actor, request, (reader) => ({
    action: 'reset',
    profile: GLOBAL,
    stacks: stacksFor(reader, chooseUis(reader, request.ui_set), () => [GLOBAL]),
    documents: new Map(),
    refresh: true,
    depth: request.sync ? 'full' : 'incremental',
  }))
}

/**
 * Brings views up to date, looking at every link: those of one profile in the stacks' tops, or all
 * active ones.
 * @throws profile.not_found and as {@link useProfile}
 */
export async function syncProfiles(
  ctx: StoreContext,
  actor: string,
  request: SyncRequest,
): Promise<SwitchResult> {
  const { profile } = request
  return carryOut(ctx, actor, request, (reader) => {
    if (profile !== undefined) requireProfile(reader, profile)
    const all = chooseUis(reader, request.ui_set)
    const uis = all.filter((ui) => profile === undefined || reader.stack(ui).at(-1) === profile)
    const stacks = stacksFor(reader, uis, (stack) => stack)
    const tops = [...stacks.values()].flatMap((stack) => stack.at(-1) ?? [])
    return {
      action: 'sync',
      profile: profile ?? null,
      stacks,
      documents: regenerateDerivedProfiles(reader, tops),
      refresh: true,
      depth: 'full',
    }
  })
}

/**
 * Makes a profile the active one, whatever was before; repeating it changes nothing.
 * @throws profile.not_found and as {@link useProfile}
 */
export async function activateProfile(
  ctx: StoreContext,
  actor: string,
  request: ActivateRequest,
): Promise<SwitchResult> {
  const { profile } = request
  return carryOut(ctx, actor, request, (reader) => {
    requireProfile(reader, profile)
    const uis = chooseUis(reader, request.ui_set)
    return {
      action: 'activate',
      profile,
      stacks: stacksFor(reader, uis, () => activated(profile)),
      documents: regenerateDerivedProfiles(reader, [profile]),
      refresh: true,
      depth: 'incremental',
    }
  })
}
