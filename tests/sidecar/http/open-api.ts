/** The OpenAPI document as tests read it, and what it says of a body. */
import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openApiDocument } from '../../../sidecar/http/openapi.ts'

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly schema: object
  }[]
  readonly requestBody?: Content & { readonly required: boolean }
  readonly responses: Readonly<Record<string, Content>>
}

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** The document as it is served. */
export const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as OpenApi

const ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: true })
ajv.addSchema(DOCUMENT, 'openapi')

/** Returns what validates a schema of the document, named by the keys that lead to it. */
export function validatorAt(...keys: readonly string[]): ValidateFunction {
  const pointer = keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1'))
  const ref = `openapi#/${pointer.map(encodeURIComponent).join('/')}`
  const found = ajv.getSchema(ref)
  assert.ok(found, ref)
  assert.ok(ajv.validateSchema(found.schema), `${ref}: ${JSON.stringify(ajv.errors)}`)
  return found as ValidateFunction
}

const PLACES = new Map(
  Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [operation.operationId, { path, method, operation }] as const,
    ),
  ),
)

function placeOf(id: string) {
  const place = PLACES.get(id)
  assert.ok(place, id)
  return place
}

/**
 * Returns what validates a body that an endpoint answers; fails where the document has no such
 * answer.
 */
export function answerValidator(id: string, status: number, type: string): ValidateFunction {
  const { path, method, operation } = placeOf(id)
  const there = operation.responses[String(status)]?.content?.[type]
  assert.ok(there, `${id}: the document has no ${String(status)} of ${type}`)
  return validatorAt('paths', path, method, 'responses', String(status), 'content', type, 'schema')
}

/** Returns what validates the body that an endpoint takes; null where it takes none. */
export function bodyValidator(id: string): ValidateFunction | null {
  const { path, method, operation } = placeOf(id)
  if (operation.requestBody === undefined) return null
  return validatorAt('paths', path, method, 'requestBody', 'content', 'application/json', 'schema')
}
