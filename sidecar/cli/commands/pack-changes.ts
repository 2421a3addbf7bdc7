/** pack create, pack edit. */
import path from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import type { CallInput, Answer } from '../../../schemas/endpoints.ts'
import { AppError } from '../../../schemas/errors.ts'
import { type Options, type Args, command, outcome } from '../command.ts'
import { expandDigest } from '../lookup.ts'
import type { View } from '../output.ts'
import { operationText } from '../switch-plan.ts'
import { packText, packName } from '../pack-text.ts'

const EDITABLE = {
  model: {
    type: 'string',
    short: 'm',
    value: 'sha256[=folder/name]',
    multiple: true,
    summary: 'A model of the store and its name in interfaces',
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

/** An absent list is unchanged; a single empty word clears it. */
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

export const create = command({
  name: 'pack create',
  group: 'Packs',
  summary: 'Creates a pack of models that are in the store',
  words: [{ name: 'name', summary: 'Name of the new pack' }],
  options: {
    ...EDITABLE,
    'no-global': { type: 'boolean', summary: 'Leave it out of the global profile' },
  },
  dry: 'asked',
  examples: [
    'synapse pack create Portraits --model 3f2a9c0d11ee --model 77ab01c2d3e4=people/anna.safetensors',
    'synapse pack create "Film looks" --file ~/Downloads/film-grain.safetensors --tag film',
    'synapse pack create Portraits --model 3f2a9c0d11ee --dry-run',
  ],
  asks: ['packs.create', 'inventory.list'],
  async run({ client, cwd }, { words, options, dryRun }) {
    const dependencies = await dependenciesOf(client, cwd, options)
    const facts = { name: words.name, dependencies, global: !options['no-global'] }
    const body = { ...facts, ...describedBy(options), dry_run: dryRun }
    return outcome(await client.call('packs.create', { body }), changeText)
  },
})

export const edit = command({
  name: 'pack edit',
  group: 'Packs',
  summary: 'Changes the named fields of a pack',
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
      throw new AppError('input.invalid', 'No field to change was named', {
        hint: 'See: synapse help pack edit',
      })
    }
    const params = { name: words.pack }
    const answer = await client.call('packs.edit', { params, body: { ...body, dry_run: dryRun } })
    return outcome(answer, changeText)
  },
})
