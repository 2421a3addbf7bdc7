/** profiles create, edit, delete. */
import type { Answer, CallInput } from '../../../schemas/endpoints.ts'
import { AppError } from '../../../schemas/errors.ts'
import { command, outcome, type Args, type Options } from '../command.ts'
import { list } from '../format.ts'
import { adoptJobText, followAdoption, outOfSightText } from '../hidden-files-text.ts'
import type { View } from '../output.ts'
import { profileName, profileText } from '../profile-text.ts'
import { operationText } from '../switch-plan.ts'
import { joined } from '../table.ts'

const CONFLICTS = {
  type: 'string',
  choices: ['last_wins', 'first_wins', 'strict'],
  summary: 'Which pack wins where two want one path; strict refuses that',
} as const

const EDITABLE = {
  add: { type: 'string', value: 'pack', multiple: true, summary: 'A pack to add at the end' },
  remove: { type: 'string', value: 'pack', multiple: true, summary: 'A pack to take out' },
  move: { type: 'string', value: 'pack', summary: 'A pack to move, with one of the next three' },
  before: { type: 'string', value: 'pack', summary: 'Move it before this pack' },
  after: { type: 'string', value: 'pack', summary: 'Move it after this pack' },
  to: { type: 'string', choices: ['first', 'last'], summary: 'Move it to this end' },
  conflicts: CONFLICTS,
  rename: { type: 'string', value: 'name', summary: 'New name' },
} as const satisfies Options

const changeText = (change: Answer<'profiles.create'>, view: View) =>
  operationText(change, profileText(change, view), view)

/** Row of `profiles create`. */
export const create = command({
  name: 'profiles create',
  group: 'Switching',
  summary: 'Creates a profile of some packs; later ones win',
  words: [
    { name: 'name', summary: 'Name of the new profile' },
    { name: 'pack', summary: 'Packs, in their order', optional: true, multiple: true },
  ],
  options: { conflicts: CONFLICTS },
  dry: 'asked',
  examples: [
    'synapse profiles create client Portraits "Film looks"',
    'synapse profiles create client Portraits --conflicts strict --dry-run',
  ],
  asks: ['profiles.create'],
  async run({ client }, { words, options, dryRun }) {
    const { name, pack: packs } = words
    const body = { name, packs: [...packs], conflicts_mode: options.conflicts, dry_run: dryRun }
    return outcome(await client.call('profiles.create', { body }), changeText)
  },
})

type EditBody = NonNullable<CallInput<'profiles.edit'>['body']>

function editOf(options: Args<typeof EDITABLE, []>['options']): EditBody {
  const { move: pack, before, after, to } = options
  return {
    add: [...options.add],
    remove: [...options.remove],
    ...(pack === undefined ? {} : { move: { pack, before, after, to } }),
    conflicts_mode: options.conflicts,
    rename_to: options.rename,
  }
}

function assertNamesChange({ add, remove, move, ...rest }: EditBody, beside: boolean): void {
  if (move === undefined && beside) {
    throw new AppError('input.invalid', '--before, --after and --to want --move with a pack')
  }
  const lists = (add?.length ?? 0) + (remove?.length ?? 0)
  if (lists > 0 || move !== undefined || Object.values(rest).some((one) => one !== undefined))
    return
  throw new AppError('input.invalid', 'No change was named', {
    hint: 'See: synapse help profiles edit',
  })
}

/** Row of `profiles edit`. */
export const edit = command({
  name: 'profiles edit',
  group: 'Switching',
  summary: 'Changes the packs of a profile, their order, its conflicts mode or its name',
  words: [profileName],
  options: EDITABLE,
  dry: 'asked',
  examples: [
    'synapse profiles edit global --move Portraits --to last',
    'synapse profiles edit global --move Portraits --before "Film looks" --dry-run',
    'synapse profiles edit client --add "Film looks" --remove Portraits --conflicts strict',
  ],
  asks: ['profiles.edit'],
  async run({ client }, { words, options, dryRun }) {
    const body = editOf(options)
    const { before, after, to } = options
    assertNamesChange(
      body,
      [before, after, to].some((one) => one !== undefined),
    )
    const params = { name: words.profile }
    const answer = await client.call('profiles.edit', {
      params,
      body: { ...body, dry_run: dryRun },
    })
    return outcome(answer, changeText)
  },
})

function deletionText(plan: Answer<'profiles.delete'>, view: View): string {
  return joined([
    plan.dry_run
      ? view.paint('bold', `The profile ${plan.profile} would be deleted; its packs stay.`)
      : `Deleted the profile ${plan.profile}; its packs stay.`,
    plan.goes_back_in_uis.length > 0 && `Goes back a step in: ${list(plan.goes_back_in_uis)}`,
    outOfSightText(plan.out_of_sight, view),
    adoptJobText(plan.adopt_job),
  ])
}

/** Row of `profiles delete`. */
export const remove = command({
  name: 'profiles delete',
  group: 'Switching',
  summary: 'Deletes a profile, never its packs',
  words: [profileName],
  dry: 'asked',
  examples: ['synapse profiles delete client --dry-run', 'synapse profiles delete client --yes'],
  asks: ['profiles.delete', 'jobs.show'],
  async run(context, { words, dryRun }) {
    const { client, confirm } = context
    const params = { name: words.profile }
    const plan = await client.call('profiles.delete', { params, query: { dry_run: true } })
    const planned = outcome(plan, deletionText)
    if (dryRun) return planned
    await confirm(`Delete the profile ${words.profile}?`, planned)
    const deleted = await client.call('profiles.delete', { params })
    await followAdoption(context, deleted)
    return outcome(deleted, deletionText)
  },
})
