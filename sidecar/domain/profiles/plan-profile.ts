/** Plans what creating or changing a profile does: documents only. */
import { AppError } from '../../../schemas/errors.ts'
import { GLOBAL, type PackName, type ProfileName } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Profile, ProfileCreate, ProfileEdit, Runtime } from '../../../schemas/profile.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { OperationPlan } from '../operation-plan.ts'
import { arrangePacks } from './arrange-packs.ts'
import { profileWith } from './derive-profile.ts'
import { assertDispensable, assertNameFree, assertNotDerived } from './profile-names.ts'

/** A planned change of a profile. */
export type ProfilePlan = OperationPlan<ProfileName>

/** An edit and the profile's name. */
export type NamedProfileEdit = ProfileEdit & { readonly name: ProfileName }

/** @throws pack.not_found for one that is neither there nor named in the profile before */
function assertPacksThere(
  reader: StoreReader,
  packs: readonly string[],
  before: readonly string[] = [],
): void {
  const known = new Set([...before, ...reader.packNames()])
  const missing = packs.find((pack) => !known.has(pack))
  if (missing !== undefined) reader.requirePack(missing as PackName)
}

function stepsTo({ paths }: StoreReader, name: ProfileName, after: Profile): Step[] {
  const step = writeStep(paths, paths.profile(name), documentText(after))
  return step === null ? [] : [step]
}

/**
 * Plans creating a profile; nothing is changed.
 * @throws profile.name_taken, pack.not_found, store.document_broken, store.newer_format
 */
export function planCreateProfile(reader: StoreReader, request: ProfileCreate): ProfilePlan {
  const { name, packs, conflicts_mode } = request
  assertNameFree(reader, name)
  assertPacksThere(reader, packs)
  const mode = conflicts_mode ?? reader.config().defaults.conflicts_mode
  return {
    name,
    facts: { op: 'profile.create', after: { profile: name } },
    steps: stepsTo(reader, name, profileWith({ name, packs, mode }, null)),
  }
}

/**
 * Plans changing a profile; nothing is changed.
 * @throws profile.not_found, profile.protected, profile.name_taken, pack.not_found, input.invalid
 * @throws store.document_broken, store.newer_format
 */
export function planEditProfile(reader: StoreReader, edit: NamedProfileEdit): ProfilePlan {
  const { name, rename_to: next = name } = edit
  assertNotDerived(name)
  const profile = reader.profile(name)
  if (profile === null && name !== GLOBAL) {
    throw new AppError('profile.not_found', `No such profile: "${name}"`)
  }
  const before = profile?.packs.map((pack) => pack.name) ?? []
  const packs = arrangePacks(before, edit)
  assertPacksThere(reader, packs, before)
  const {
    conflicts_mode: mode = profile?.conflicts.mode ?? reader.config().defaults.conflicts_mode,
  } = edit
  const after = profileWith({ name: next, packs, mode }, profile)
  return next === name ? changeOf(reader, after) : renameOf(reader, name, after)
}

function changeOf(reader: StoreReader, after: Profile): ProfilePlan {
  const name = after.name as ProfileName
  return {
    name,
    facts: { op: 'profile.edit', after: { profile: name }, syncViews: true },
    steps: stepsTo(reader, name, after),
  }
}

function renameOf(reader: StoreReader, name: ProfileName, after: Profile): ProfilePlan {
  const next = after.name as ProfileName
  assertDispensable(reader, name)
  assertNameFree(reader, next, name)
  const { paths } = reader
  return {
    name: next,
    facts: {
      op: 'profile.rename',
      before: { profile: name },
      after: { profile: next },
      syncViews: true,
    },
    steps: [
      {
        do: 'move',
        from: paths.relative(paths.profileFolder(name)),
        to: paths.relative(paths.profileFolder(next)),
      },
      {
        do: 'write',
        path: paths.relative(paths.profile(next)),
        before: reader.text(paths.profile(name)),
        after: documentText(after),
      },
      ...renameInStacks(reader, name, next),
    ],
  }
}

/** The step that gives a profile its new name in all stacks; none where no stack has it. */
function renameInStacks(reader: StoreReader, name: ProfileName, next: ProfileName): Step[] {
  const runtime = reader.runtime()
  const ui: Runtime['ui'] = {}
  for (const [key, one] of Object.entries(runtime.ui)) {
    ui[key] = { ...one, stack: one.stack.map((profile) => (profile === name ? next : profile)) }
  }
  const text = documentText({ ...runtime, ui })
  const isNamed = Object.values(runtime.ui).some(({ stack }) => stack.includes(name))
  const step = isNamed ? writeStep(reader.paths, reader.paths.runtime, text) : null
  return step === null ? [] : [step]
}
