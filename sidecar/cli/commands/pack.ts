/** list, show, pack ..., resolve. */
import path from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import type { Answer, CallInput } from '../../../schemas/endpoints.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { PackDeletion, PackFile, PackSummary } from '../../../schemas/pack.ts'
import { command, outcome, type Command, type Options, type Args } from '../command.ts'
import { list as asList, plural, shortDigest, size, words as asWords } from '../format.ts'
import { expandDigest } from '../lookup.ts'
import { adoptJobText, followAdoption, outOfSightText } from '../hidden-files.ts'
import type { View } from '../output.ts'
import { operationText } from '../switch-plan.ts'
import { PACK_DOCUMENT_COMMANDS } from './pack-documents.ts'
import { facts, joined, moreOf, table, type Column } from '../table.ts'

const PACKS: readonly Column<PackSummary>[] = [
  { title: 'Pack', value: ({ name }) => name, least: 14 },
  {
    title: 'Files',
    value: (pack) => `${String(pack.files_here)}/${String(pack.files)}`,
    align: 'right',
  },
  { title: 'Size', value: ({ size_bytes }) => size(size_bytes), align: 'right' },
  { title: 'Active in', value: ({ active_in_uis }) => asList(active_in_uis), least: 9, spare: 1 },
  { title: 'Base model', value: ({ base_model }) => base_model ?? '–', least: 10, spare: 3 },
  { title: 'Note', value: ({ broken }) => broken ?? '', least: 12, spare: 2, style: () => 'red' },
]

function packsText(page: Answer<'packs.list'>, view: View): string {
  if (page.total === 0) return 'There are no packs. Make one: synapse pack create <name>'
  const columns = page.items.some(({ broken }) => broken !== undefined) ? PACKS : PACKS.slice(0, -1)
  return joined([table(columns, page.items, view), moreOf(page)])
}

const list = command({
  name: 'list',
  aliases: ['pack list'],
  group: 'Packs',
  summary: 'Lists the packs',
  options: {
    search: { type: 'string', value: 'text', summary: 'Only packs that have this in their name' },
    limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
    offset: { type: 'number', summary: 'Rows to pass over' },
  },
  examples: ['synapse list', 'synapse list --search portrait'],
  asks: ['packs.list'],
  async run({ client }, { options: { search, limit, offset } }) {
    return outcome(await client.call('packs.list', { query: { search, limit, offset } }), packsText)
  },
})

const FILES: readonly Column<PackFile>[] = [
  { title: 'File', value: ({ filename, dependency_id: id }) => filename || id, least: 14 },
  { title: 'Kind', value: ({ kind }) => kind, least: 7 },
  { title: 'Size', value: ({ size_bytes }) => size(size_bytes), align: 'right' },
  { title: 'Digest', value: ({ sha256 }) => shortDigest(sha256), spare: 2 },
  { title: 'Id', value: ({ dependency_id: id }) => id, least: 10, spare: 1 },
  {
    title: 'State',
    value: ({ state }) => asWords(state),
    style: ({ state }) => (state === 'here' ? null : 'yellow'),
  },
]

function packText({ summary, pack, files, profiles }: Answer<'packs.show'>, view: View): string {
  const rows: (readonly [string, string])[] = [
    ['Pack', summary.name],
    [
      'Files',
      `${String(summary.files_here)} of ${String(summary.files)} here, ${size(summary.size_bytes)}`,
    ],
    ['Active in', asList(summary.active_in_uis)],
    ['Profiles', asList(profiles)],
  ]
  const optional: (readonly [string, string | null | undefined])[] = [
    ['Needs', (pack.pack_dependencies ?? []).map((one) => one.pack_name).join(', ')],
    ['Base model', summary.base_model],
    ['Version', pack.version],
    ['Author', pack.author],
    ['Tags', summary.tags.join(', ')],
    ['Trigger words', (pack.trigger_words ?? []).join(', ')],
  ]
  const named = optional.filter((row): row is [string, string] => Boolean(row[1]))
  return joined(
    [
      facts([...rows, ...named], view),
      summary.description ?? '',
      table(FILES, files, view),
      summary.broken !== undefined && view.paint('red', summary.broken),
    ],
    '\n\n',
  )
}

const packName = { name: 'pack', summary: 'Name of the pack' } as const

const show = command({
  name: 'show',
  aliases: ['pack show'],
  group: 'Packs',
  summary: 'Shows a pack with its files',
  words: [packName],
  examples: ['synapse show Portraits'],
  asks: ['packs.show'],
  async run({ client }, { words }) {
    return outcome(await client.call('packs.show', { params: { name: words.pack } }), packText)
  },
})

const EDITABLE = {
  model: {
    type: 'string',
    short: 'm',
    value: 'sha256[=folder/name]',
    multiple: true,
    summary: 'A model of the store, and what it shall be called in interfaces',
  },
  file: {
    type: 'string',
    value: 'path',
    multiple: true,
    summary: 'A file on this disk that the pack wants',
  },
  needs: { type: 'string', value: 'pack', multiple: true, summary: 'A pack that this one needs' },
  description: { type: 'string', value: 'text', summary: 'What it is for' },
  'pack-version': { type: 'string', value: 'text', summary: 'Its version' },
  'base-model': { type: 'string', value: 'name', summary: 'The base model it is made for' },
  author: { type: 'string', value: 'name', summary: 'Who made it' },
  tag: { type: 'string', multiple: true, summary: 'A tag' },
  'trigger-word': { type: 'string', value: 'word', multiple: true, summary: 'A trigger word' },
} as const satisfies Options

type Edited = Args<typeof EDITABLE, []>['options']
type CreateBody = NonNullable<CallInput<'packs.create'>['body']>
type Dependencies = NonNullable<CreateBody['dependencies']>

/** `<digest>`, `<digest>=name`, `<digest>=folder/name` */
async function modelDependency(client: Client, typed: string): Promise<Dependencies[number]> {
  const [digest = '', exposed = ''] = typed.split(/=(.*)/su)
  const sha256 = await expandDigest(client, digest)
  if (exposed === '') return { sha256 }
  const parts = exposed.split('/')
  const filename = parts.pop() ?? ''
  return parts.length === 0
    ? { sha256, filename }
    : { sha256, filename, subfolder: parts.join('/') }
}

async function dependenciesOf(client: Client, cwd: string, edited: Edited): Promise<Dependencies> {
  const models = await Promise.all(edited.model.map((typed) => modelDependency(client, typed)))
  const files = edited.file.map((file) => ({ local_path: path.resolve(cwd, file) }))
  return [...models, ...files]
}

const orNull = (text: string | undefined) => (text === '' ? null : text)

/** A list that was not named stays as it is; one empty word empties it. */
function orUnchanged(words: readonly string[]): string[] | undefined {
  return words.length === 0 ? undefined : words.filter((word) => word !== '')
}

function describedBy(edited: Edited) {
  return {
    pack_dependencies: orUnchanged(edited.needs),
    description: orNull(edited.description),
    version: orNull(edited['pack-version']),
    base_model: orNull(edited['base-model']),
    author: orNull(edited.author),
    tags: orUnchanged(edited.tag),
    trigger_words: orUnchanged(edited['trigger-word']),
  }
}

const changeText = (change: Answer<'packs.create'>, view: View) =>
  operationText(change, packText(change, view), view)

const create = command({
  name: 'pack create',
  group: 'Packs',
  summary: 'Creates a pack of models that are in the store',
  words: [{ name: 'name', summary: 'Name of the new pack' }],
  options: EDITABLE,
  dry: 'asked',
  examples: [
    'synapse pack create Portraits --model 3f2a9c0d11ee --model 77ab01c2d3e4=people/anna.safetensors',
    'synapse pack create "Film looks" --file ~/Downloads/film-grain.safetensors --tag film',
    'synapse pack create Portraits --model 3f2a9c0d11ee --dry-run',
  ],
  asks: ['packs.create', 'inventory.list'],
  async run({ client, cwd }, { words, options, dryRun }) {
    const dependencies = await dependenciesOf(client, cwd, options)
    const body = { name: words.name, dependencies, ...describedBy(options), dry_run: dryRun }
    return outcome(await client.call('packs.create', { body }), changeText)
  },
})

const edit = command({
  name: 'pack edit',
  group: 'Packs',
  summary: 'Changes what is named, and leaves the rest',
  details: [
    '--model and --file add; --needs, --tag and --trigger-word replace the whole list. An empty text ("") takes a description, version, base model, author or list away.',
  ],
  words: [packName],
  options: {
    rename: { type: 'string', value: 'name', summary: 'New name' },
    remove: { type: 'string', value: 'id', multiple: true, summary: 'Id of a file to leave out' },
    ...EDITABLE,
  },
  dry: 'asked',
  examples: [
    'synapse pack edit Portraits --model 3f2a9c0d11ee',
    'synapse pack edit Portraits --remove film-grain --description ""',
    'synapse pack edit Portraits --rename People --dry-run',
  ],
  asks: ['packs.edit', 'inventory.list'],
  async run({ client, cwd }, { words, options, dryRun }) {
    const body = {
      rename_to: options.rename,
      add: await dependenciesOf(client, cwd, options),
      remove: [...options.remove],
      ...describedBy(options),
    }
    const empty = (value: unknown) =>
      value === undefined || (Array.isArray(value) && value.length === 0)
    const { add, remove, ...rest } = body
    if (empty(add) && empty(remove) && Object.values(rest).every((value) => value === undefined)) {
      throw new AppError('input.invalid', 'Nothing to change was named', {
        hint: 'See: synapse help pack edit',
      })
    }
    const params = { name: words.pack }
    const answer = await client.call('packs.edit', { params, body: { ...body, dry_run: dryRun } })
    return outcome(answer, changeText)
  },
})

function deletionText(plan: PackDeletion, view: View): string {
  const orphans = plan.becomes_orphan
  return joined([
    plan.dry_run
      ? view.paint('bold', `The pack ${plan.pack} would be deleted; its models stay.`)
      : `Deleted the pack ${plan.pack}; its models stay.`,
    plan.removed_from_profiles.length > 0 &&
      `Out of profiles: ${asList(plan.removed_from_profiles)}`,
    plan.removed_profiles.length > 0 &&
      `Profiles that go with it: ${asList(plan.removed_profiles)}`,
    plan.goes_back_in_uis.length > 0 && `Goes back a step in: ${asList(plan.goes_back_in_uis)}`,
    orphans.length > 0 &&
      `${plural(orphans.length, 'model')} no longer used by any pack: ${asList(orphans.slice(0, 10).map((one) => one.display_name))}`,
    outOfSightText(plan.out_of_sight, view),
    adoptJobText(plan.adopt_job),
  ])
}

const remove = command({
  name: 'pack delete',
  group: 'Packs',
  summary: 'Deletes a pack, never its models',
  words: [packName],
  dry: 'asked',
  examples: ['synapse pack delete Portraits --dry-run', 'synapse pack delete Portraits --yes'],
  asks: ['packs.delete', 'jobs.show'],
  async run(context, { words, dryRun }) {
    const { client, confirm } = context
    const params = { name: words.pack }
    const plan = await client.call('packs.delete', { params, query: { dry_run: true } })
    const planned = outcome(plan, deletionText)
    if (dryRun) return planned
    await confirm(`Delete the pack ${words.pack}?`, planned)
    const deleted = await client.call('packs.delete', { params })
    await followAdoption(context, deleted)
    return outcome(deleted, deletionText)
  },
})

function resolvedText(result: Answer<'packs.resolve'>, view: View): string {
  const unchanged = result.dry_run ? '; nothing would change' : '; nothing has changed'
  const told = [
    `${plural(result.resolved, 'file')} ${result.dry_run ? 'would be resolved' : 'resolved'}${result.changed ? '' : unchanged}.`,
    ...result.unresolved.map((one) => `Not resolved: ${one.dependency_id}: ${one.reason ?? ''}`),
  ]
  return operationText(result, joined(told), view)
}

const resolve = command({
  name: 'resolve',
  aliases: ['pack resolve'],
  group: 'Packs',
  summary: 'Finds the files that a pack wants among those that are here, and fills its lock',
  words: [packName],
  dry: 'asked',
  examples: ['synapse resolve Portraits', 'synapse resolve Portraits --dry-run'],
  asks: ['packs.resolve'],
  async run({ client }, { words, dryRun }) {
    const call = { params: { name: words.pack }, body: { dry_run: dryRun } }
    return outcome(await client.call('packs.resolve', call), resolvedText)
  },
})

/** Rows about packs. */
export const PACK_COMMANDS: readonly Command[] = [
  list,
  show,
  create,
  edit,
  remove,
  ...PACK_DOCUMENT_COMMANDS,
  resolve,
]
