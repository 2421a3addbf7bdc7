/** use, back, reset, sync, activate. */
import type { Answer } from '../../../schemas/endpoints.ts'
import { ERRORS } from '../../../schemas/errors.ts'
import {
  command,
  outcome,
  type Command,
  type Options,
  type Outcome,
  type StoreContext,
} from '../command.ts'
import { followAdoption } from '../hidden-files-text.ts'
import { switchText } from '../switch-plan.ts'

const SWITCH_OPTIONS = {
  'ui-set': {
    type: 'string',
    short: 'u',
    value: 'name',
    summary: 'Set of interfaces, or one interface (else the default set)',
  },
  expect: {
    type: 'string',
    value: 'fingerprint',
    summary: 'Refuse unless this very plan, shown by --dry-run, is still what would happen',
  },
} as const satisfies Options

const SYNC = {
  type: 'boolean',
  summary: 'Also bring the other views of the stacks up to date',
} as const

interface Common {
  readonly options: { readonly 'ui-set': string | undefined; readonly expect: string | undefined }
  readonly dryRun: boolean
}

function common({ options, dryRun }: Common) {
  return { ui_set: options['ui-set'], expect: options.expect, dry_run: dryRun }
}

async function switched(context: StoreContext, result: Answer<'profiles.use'>): Promise<Outcome> {
  await followAdoption(context, result)
  const late = result.not_flipped.length > 0
  return outcome(result, switchText, late ? ERRORS['view.not_flipped'].exit : 0)
}

const use = command({
  name: 'use',
  group: 'Switching',
  summary: 'Shows a pack in the interfaces, on top of the base profile or alone',
  words: [{ name: 'pack', summary: 'Name of the pack' }],
  options: {
    only: { type: 'boolean', summary: 'Only this pack, without the base profile' },
    sync: SYNC,
    ...SWITCH_OPTIONS,
  },
  dry: 'asked',
  examples: [
    'synapse use Portraits',
    'synapse use Portraits --dry-run',
    'synapse use Portraits --only --ui-set comfyui',
  ],
  asks: ['profiles.use', 'jobs.show'],
  async run(context, args) {
    const { only, sync } = args.options
    const body = { pack: args.words.pack, only, sync, ...common(args) }
    return switched(context, await context.client.call('profiles.use', { body }))
  },
})

const back = command({
  name: 'back',
  group: 'Switching',
  summary: 'Goes back to the previous profile',
  options: { sync: SYNC, ...SWITCH_OPTIONS },
  dry: 'asked',
  examples: ['synapse back', 'synapse back --dry-run'],
  asks: ['profiles.back', 'jobs.show'],
  async run(context, args) {
    const body = { sync: args.options.sync, ...common(args) }
    return switched(context, await context.client.call('profiles.back', { body }))
  },
})

const reset = command({
  name: 'reset',
  group: 'Switching',
  summary: 'Goes back to the global profile',
  options: { sync: SYNC, ...SWITCH_OPTIONS },
  dry: 'asked',
  examples: ['synapse reset', 'synapse reset --ui-set forge'],
  asks: ['profiles.reset', 'jobs.show'],
  async run(context, args) {
    const body = { sync: args.options.sync, ...common(args) }
    return switched(context, await context.client.call('profiles.reset', { body }))
  },
})

const sync = command({
  name: 'sync',
  group: 'Switching',
  summary: 'Brings views up to date: those of the active profiles, or of one profile',
  words: [{ name: 'profile', summary: 'Name of a profile', optional: true }],
  options: SWITCH_OPTIONS,
  dry: 'asked',
  examples: ['synapse sync', 'synapse sync global --dry-run'],
  asks: ['profiles.sync', 'jobs.show'],
  async run(context, args) {
    const body = { profile: args.words.profile, ...common(args) }
    return switched(context, await context.client.call('profiles.sync', { body }))
  },
})

const activate = command({
  name: 'activate',
  group: 'Switching',
  summary: 'Makes a profile the active one',
  words: [{ name: 'profile', summary: 'Name of the profile' }],
  options: SWITCH_OPTIONS,
  dry: 'asked',
  examples: ['synapse activate global', 'synapse activate work__Portraits --ui-set comfyui'],
  asks: ['profiles.activate', 'jobs.show'],
  async run(context, args) {
    const body = { profile: args.words.profile, ...common(args) }
    return switched(context, await context.client.call('profiles.activate', { body }))
  },
})

/** Rows about what interfaces see. */
export const SWITCH_COMMANDS: readonly Command[] = [use, back, reset, sync, activate]
