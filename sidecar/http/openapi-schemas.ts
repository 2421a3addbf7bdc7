/** Schemas of the OpenAPI document: each shared one once, under its own name. */
import { toJsonSchema, type ConversionConfig, type JsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { ENDPOINTS } from '../../schemas/endpoints.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import * as config from '../../schemas/config.ts'
import * as ids from '../../schemas/ids.ts'
import * as imports from '../../schemas/imports.ts'
import * as inventory from '../../schemas/inventory.ts'
import * as inventoryQuery from '../../schemas/inventory-query.ts'
import * as jobs from '../../schemas/jobs.ts'
import * as journal from '../../schemas/journal.ts'
import * as kinds from '../../schemas/kinds.ts'
import * as pack from '../../schemas/pack.ts'
import * as packExport from '../../schemas/pack-export.ts'
import * as profile from '../../schemas/profile.ts'
import * as records from '../../schemas/records.ts'
import * as store from '../../schemas/store.ts'
import * as switching from '../../schemas/switch.ts'
import * as trash from '../../schemas/trash.ts'
import * as viewFiles from '../../schemas/view-files.ts'
import * as viewPreview from '../../schemas/view-preview.ts'

/** A part of the document. */
export type Node = Readonly<Record<string, unknown>>

const MODULES = [
  jobs,
  profile,
  switching,
  viewFiles,
  viewPreview,
  pack,
  packExport,
  inventory,
  inventoryQuery,
  imports,
  records,
  config,
  store,
  journal,
  trash,
  kinds,
  ids,
]

/** Rules that JSON Schema cannot express; the service still checks them. */
const LEFT_OUT: string[] = ['raw_check', 'check']

function isSchema(value: unknown): value is v.GenericSchema {
  return value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'schema'
}

const pascal = (id: string) =>
  id.replace(/(?:^|[._])(\w)/gu, (_all, sign: string) => sign.toUpperCase())

/** Name → schema: the exported ones, then bodies and answers without a name of their own. */
function namedSchemas(): Map<string, v.GenericSchema> {
  const names = new Map<v.GenericSchema, string>()
  const take = (name: string, schema: unknown) => {
    if (isSchema(schema) && !names.has(schema)) names.set(schema, name)
  }
  for (const one of MODULES) for (const [name, schema] of Object.entries(one)) take(name, schema)
  for (const [id, { body, answer }] of Object.entries(ENDPOINTS) as [string, Endpoint][]) {
    take(`${pascal(id)}Request`, body)
    take(`${pascal(id)}Answer`, answer)
  }
  return new Map([...names].map(([schema, name]) => [name, schema]))
}

const NAMED = namedSchemas()
const PREFIX = '#/components/schemas/'

function conversion(without?: v.GenericSchema): ConversionConfig {
  return {
    target: 'draft-2020-12',
    // Defaults are filled in when a request is read: a field with one is optional.
    typeMode: 'input',
    errorMode: 'ignore',
    ignoreActions: LEFT_OUT,
    definitions: Object.fromEntries([...NAMED].filter(([, held]) => held !== without)),
    overrideRef: ({ referenceId }) => `${PREFIX}${referenceId}`,
    // Patterns are ECMAScript's with the flag u, which is what JSON Schema means anyway.
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === 'regex' && 'requirement' in valibotAction
        ? { ...jsonSchema, pattern: (valibotAction.requirement as RegExp).source }
        : undefined,
  }
}

function converted(schema: v.GenericSchema, without?: v.GenericSchema): JsonSchema {
  const {
    $schema: _dialect,
    $defs: _definitions,
    ...rest
  } = toJsonSchema(schema, conversion(without))
  return rest
}

/** Returns a schema for the document: a reference where it has a name. */
export function schemaOf(schema: v.GenericSchema): JsonSchema {
  return converted(schema)
}

/** Returns an object schema with its fields, even where it has a name. */
export function fieldsOf(schema: v.GenericSchema): JsonSchema {
  return converted(schema, schema)
}

function* referencesIn(value: unknown): Generator<string> {
  if (value === null || typeof value !== 'object') return
  for (const [key, held] of Object.entries(value)) {
    if (key === '$ref' && typeof held === 'string') yield held.slice(PREFIX.length)
    else yield* referencesIn(held)
  }
}

/**
 * Returns every named schema that `paths` refers to, directly or indirectly, in the order of names.
 */
export function componentsOf(paths: Node): Node {
  const found = new Map<string, JsonSchema>()
  const waiting = [...referencesIn(paths)]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = NAMED.get(name)
    if (schema === undefined || found.has(name)) continue
    const component = converted(schema, schema)
    found.set(name, component)
    waiting.push(...referencesIn(component))
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}
