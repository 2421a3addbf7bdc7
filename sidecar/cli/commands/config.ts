/** config show, config set. */
import * as v from 'valibot'
import { ConfigEdit } from '../../../schemas/config.ts'
import type { Answer } from '../../../schemas/endpoints.ts'
import { AppError } from '../../../schemas/errors.ts'
import { issuesOf } from '../../app/to-problem.ts'
import { command, outcome, type Command } from '../command.ts'
import { list } from '../format.ts'
import type { View } from '../output.ts'
import { operationText } from '../switch-plan.ts'
import { facts } from '../table.ts'

function machineRows(machine: Answer<'store.config'>['machine']): [string, string][] {
  return [
    ['link_kind', machine.link_kind ?? 'auto'],
    ['import_roots', list(machine.import_roots ?? [])],
    ['security.hosts', list(machine.security?.hosts ?? [])],
  ]
}

function configText({ config, ui_sets, machine }: Answer<'store.config'>, view: View): string {
  const sets = Object.entries(ui_sets.sets ?? {}).map(
    ([name, uis]) => [`ui_sets.${name}`, list(uis)] as const,
  )
  const startup = Object.entries(config.startup ?? {}).map(
    ([ui, { activate }]) => [`startup.${ui}.activate`, activate ?? 'last'] as const,
  )
  return facts(
    [
      ['defaults.ui_set', config.defaults?.ui_set ?? 'local'],
      ['defaults.use_base', config.defaults?.use_base ?? 'global'],
      ['defaults.conflicts_mode', config.defaults?.conflicts_mode ?? 'last_wins'],
      ['trash.days', String(config.trash?.days ?? 7)],
      ...machineRows(machine),
      ['interfaces', list(Object.keys(config.ui?.kind_map ?? {}))],
      ...sets,
      ...startup,
    ],
    view,
  )
}

const show = command({
  name: 'config show',
  group: 'Store',
  summary: 'Shows the settings',
  details: ['--json shows all of them, with the folders of each interface.'],
  examples: ['synapse config show', 'synapse config show --json'],
  asks: ['store.config'],
  async run({ client }) {
    return outcome(await client.call('store.config'), configText)
  },
})

function nested(key: string, value: unknown): unknown {
  return key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value)
}

function jsonValues(text: string): unknown[] {
  try {
    return [JSON.parse(text) as unknown]
  } catch {
    return []
  }
}

const isUnknownKey = ({ type, expected }: v.BaseIssue<unknown>) =>
  type === 'strict_object' && expected === 'never'

/**
 * The error for an unknown setting; the file has longer names for some settings than the command
 * and the API.
 */
function noSuchSetting(key: string): AppError {
  const short = key.replace(/^(?:config|machine|ui|ui_sets\.sets(?=\.))\.?/u, '')
  const known = Object.hasOwn(ConfigEdit.entries, short.split('.')[0] ?? '')
  return new AppError('input.invalid', `No such setting: "${key}"`, {
    hint: known
      ? `Is it ${short}? See: synapse help config set`
      : 'The settings: synapse help config set',
  })
}

/**
 * Builds the edit from a key and words: the words as JSON, as text or as a list of texts, whichever
 * the setting accepts.
 */
function configEdit(key: string, values: readonly string[]): v.InferInput<typeof ConfigEdit> {
  const [only] = values
  const single = only !== undefined && values.length === 1 ? [...jsonValues(only), only] : []
  const results = [...single, values].map((value) => v.safeParse(ConfigEdit, nested(key, value)))
  const fitting = results.find(({ success }) => success)
  if (fitting?.success) return fitting.output
  const found = results.map(({ issues }) => issues ?? [])
  if (found.some((issues) => issues.some(isUnknownKey))) throw noSuchSetting(key)
  throw new AppError('input.invalid', `${key} cannot be set to ${values.join(' ')}`, {
    issues: issuesOf(found[0] ?? []),
    hint: 'The settings: synapse help config set',
  })
}

const set = command({
  name: 'config set',
  group: 'Store',
  summary: 'Changes one setting',
  details: [
    'Settings: defaults.ui_set, defaults.use_base, defaults.conflicts_mode (last_wins, first_wins, strict), trash.days, startup.<ui>.activate, startup.<ui>.timeout_ms, ui_sets.<name> (interfaces; null removes the set), kind_map.<ui>.<kind> (a folder; null removes the kind), import_roots (folders from which paired browsers may import), link_kind (auto, symlink, hard_link), security.hosts (all further names by which the service is reached: nas.local for any port, nas.local:8377, or behind TLS https://models.example.org; [] for none).',
  ],
  words: [
    { name: 'setting', summary: 'Name of the setting' },
    { name: 'value', summary: 'Its new value; several make a list', multiple: true },
  ],
  examples: [
    'synapse config set trash.days 14',
    'synapse config set ui_sets.local comfyui forge',
    'synapse config set kind_map.forge.lora models/Lora --dry-run',
  ],
  dry: 'asked',
  asks: ['store.config_edit'],
  async run({ client }, { words, dryRun }) {
    const body = { ...configEdit(words.setting, words.value), dry_run: dryRun }
    return outcome(await client.call('store.config_edit', { body }), (change, view) =>
      operationText(change, configText(change, view), view),
    )
  },
})

/** Rows about settings. */
export const CONFIG_COMMANDS: readonly Command[] = [show, set]
