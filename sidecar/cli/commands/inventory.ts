/** inventory: queries. */
import { BlobStatus, Integrity, Where } from '../../../schemas/inventory.ts'
import { InventorySort, type FacetsQuery } from '../../../schemas/inventory-query.ts'
import {
  command,
  outcome,
  type Command,
  type Options,
  type Args,
  type StoreContext,
} from '../command.ts'
import {
  detailText,
  facetsText,
  impactsText,
  inventoryText,
  summaryText,
} from '../inventory-text.ts'
import { expandItem } from '../lookup.ts'

const PAGE_OPTIONS = {
  limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
  offset: { type: 'number', summary: 'Rows to skip' },
} as const satisfies Options

const ALTERNATIVES = [
  'A filter given several times lets each of its values pass; different filters must all let a model pass.',
]

/** One option for each filter; `status` is fixed in commands named after one. */
const FILTERS = {
  kind: { type: 'string', short: 'k', multiple: true, summary: 'Only this kind, such as lora' },
  where: {
    type: 'string',
    choices: Where.options,
    multiple: true,
    summary: 'Only what lies there',
  },
  integrity: {
    type: 'string',
    choices: Integrity.options,
    multiple: true,
    summary: 'Only what is good, changed, bad or unverified',
  },
  location: { type: 'string', value: 'id', multiple: true, summary: 'Only what has a copy there' },
  pack: { type: 'string', value: 'name', multiple: true, summary: 'Only what this pack uses' },
  hashed: {
    type: 'string',
    choices: ['yes', 'no'],
    multiple: true,
    summary: 'Only files whose digest is known, or is not',
  },
  search: { type: 'string', value: 'text', summary: 'Part of a name, of a pack, or a digest' },
} as const satisfies Options

const STATUS = {
  status: {
    type: 'string',
    short: 's',
    choices: BlobStatus.options,
    multiple: true,
    summary: 'Only this status',
  },
} as const satisfies Options

const LIST_OPTIONS = {
  ...FILTERS,
  sort: {
    type: 'string',
    value: 'column_direction',
    choices: InventorySort.options,
    summary: 'Order (else size_desc)',
  },
  ...PAGE_OPTIONS,
} as const satisfies Options

/** The field of a query that an option is about: `base-model` → `base_model`. */
type FieldOf<K> = K extends `${infer First}-${infer Rest}` ? `${First}_${FieldOf<Rest>}` : K

/** Options in the form of a query, with mutable lists. */
type QueryOf<T> = {
  -readonly [K in keyof T as FieldOf<K> & string]: T[K] extends readonly (infer V)[] ? V[] : T[K]
}

function queryOf<T extends object>(options: T): QueryOf<T> {
  const fields = Object.entries(options).map(([name, value]: [string, unknown]) => [
    name.replaceAll('-', '_'),
    Array.isArray(value) ? [...(value as unknown[])] : value,
  ])
  return Object.fromEntries(fields) as QueryOf<T>
}

type ListOptions = Args<typeof LIST_OPTIONS, []>['options']

async function listed(
  { client }: StoreContext,
  { sort, ...options }: ListOptions,
  status: FacetsQuery['status'],
) {
  const query = { ...queryOf(options), sort_by: sort, status }
  return outcome(await client.call('inventory.list', { query }), inventoryText)
}

const inventory = command({
  name: 'inventory',
  aliases: ['inventory list'],
  group: 'Inventory',
  summary: 'Lists the model files, the biggest first',
  details: ALTERNATIVES,
  options: {
    ...STATUS,
    summary: { type: 'boolean', summary: 'Only counts and bytes, over all models' },
    ...LIST_OPTIONS,
  },
  examples: [
    'synapse inventory',
    'synapse inventory -k lora --search anna --sort name_asc',
    'synapse inventory -k checkpoint -k diffusion_model --status orphan',
    'synapse inventory --summary',
  ],
  asks: ['inventory.list', 'inventory.summary'],
  async run(context, { options: { summary, status, ...options } }) {
    if (!summary) return listed(context, options, [...status])
    return outcome(await context.client.call('inventory.summary'), summaryText)
  },
})

const facets = command({
  name: 'inventory facets',
  group: 'Inventory',
  summary: 'Counts the model files by the values of each filter',
  details: ALTERNATIVES,
  options: { ...STATUS, ...FILTERS },
  examples: ['synapse inventory facets', 'synapse inventory facets -k lora --search anna'],
  asks: ['inventory.facets'],
  async run({ client }, { options }) {
    return outcome(await client.call('inventory.facets', { query: queryOf(options) }), facetsText)
  },
})

const orphans = command({
  name: 'inventory orphans',
  group: 'Inventory',
  summary: 'Lists the models that no pack uses',
  options: LIST_OPTIONS,
  examples: ['synapse inventory orphans'],
  asks: ['inventory.list'],
  run: (context, { options }) => listed(context, options, 'orphan'),
})

const missing = command({
  name: 'inventory missing',
  group: 'Inventory',
  summary: 'Lists the models that packs want and that are nowhere',
  options: LIST_OPTIONS,
  examples: ['synapse inventory missing'],
  asks: ['inventory.list'],
  run: (context, { options }) => listed(context, options, 'missing'),
})

const sha256 = { name: 'sha256', summary: 'Digest of the model, or its first digits' } as const

const show = command({
  name: 'inventory show',
  group: 'Inventory',
  summary: 'Shows all that is known of one model',
  words: [sha256],
  examples: ['synapse inventory show 3f2a9c0d11ee'],
  asks: ['inventory.show', 'inventory.list'],
  async run({ client }, { words }) {
    const params = { item: await expandItem(client, words.sha256) }
    return outcome(await client.call('inventory.show', { params }), detailText)
  },
})

const impacts = command({
  name: 'inventory impacts',
  group: 'Inventory',
  summary: 'Says what deleting a model would break',
  words: [sha256],
  examples: ['synapse inventory impacts 3f2a9c0d11ee'],
  asks: ['inventory.impact', 'inventory.list'],
  async run({ client }, { words }) {
    const params = { item: await expandItem(client, words.sha256) }
    return outcome(await client.call('inventory.impact', { params }), impactsText)
  },
})

/** Rows that query model files. */
export const INVENTORY_COMMANDS: readonly Command[] = [
  inventory,
  facets,
  show,
  impacts,
  orphans,
  missing,
]
