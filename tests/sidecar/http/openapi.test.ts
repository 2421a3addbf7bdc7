import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as v from 'valibot'
import { ERRORS } from '../../../schemas/errors.ts'
import { openApiDocument } from '../../../sidecar/http/openapi.ts'
import { LEAST_BODIES, ROWS, testApp } from '../../_support/http-app.ts'

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

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as OpenApi

function validator(schema: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: true })
  return ajv.compile({ ...schema, components: document.components })
}

function operationOf(id: string): Operation {
  const all = Object.values(document.paths).flatMap((path) => Object.values(path))
  const found = all.find(({ operationId }) => operationId === id)
  assert.ok(found, id)
  return found
}

function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return
  yield value as Record<string, unknown>
  for (const held of Object.values(value)) yield* objectsIn(held)
}

describe('the OpenAPI document', () => {
  it('is served to everybody', async (t) => {
    const { knock } = testApp(t, {}, { version: '1.2.3' })
    assert.deepEqual(await (await knock('/api/openapi.json')).json(), document)
    assert.equal(document.openapi, '3.1.0')
  })

  it('has every endpoint of the table, each with what it takes and answers', () => {
    for (const [id, endpoint] of ROWS) {
      const operation = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()]
      assert.equal(operation?.operationId, id)
      const names = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      assert.deepEqual(names, Object.keys(endpoint.params))
      assert.equal(operation.requestBody !== undefined, endpoint.body !== null, id)
      assert.equal(Array.isArray(operation.security), endpoint.door === 'open', id)
      assert.ok(operation.responses[String(endpoint.status)]?.content?.['application/json'])
      for (const code of endpoint.errors) {
        const answer = operation.responses[String(ERRORS[code].status)]
        assert.match(JSON.stringify(answer), new RegExp(`"${code}"`, 'u'))
      }
    }
    const count = Object.values(document.paths).flatMap((path) => Object.keys(path)).length
    assert.equal(count, ROWS.length + 1, 'and /api/events, and nothing else')
  })

  it('has an end for each reference', () => {
    for (const { $ref } of objectsIn(document)) {
      if (typeof $ref !== 'string') continue
      const name = /^#\/components\/schemas\/(\w+)$/u.exec($ref)?.[1] ?? ''
      assert.ok(document.components.schemas[name], $ref)
    }
  })

  it('has only schemas of draft 2020-12', () => {
    for (const [id] of ROWS) {
      const { parameters, requestBody, responses } = operationOf(id)
      for (const { schema } of parameters) validator(schema)
      for (const part of [requestBody ?? {}, ...Object.values(responses)]) {
        for (const { schema } of Object.values(part.content ?? {})) validator(schema)
      }
    }
    for (const schema of Object.values(document.components.schemas)) validator(schema)
  })

  it('takes the bodies that the service takes, and refuses unknown fields as it does', () => {
    for (const [id, endpoint] of ROWS) {
      const schema = operationOf(id).requestBody?.content?.['application/json']?.schema
      if (!schema || !endpoint.body) continue
      const valid = validator(schema)
      const least = LEAST_BODIES[id] ?? {}
      assert.ok(valid(least), `${id}: ${JSON.stringify(valid.errors)}`)
      assert.ok(v.is(endpoint.body, least))
      if (id !== 'packs.restore') assert.equal(valid({ ...least, surprise: 1 }), false, id)
    }
  })

  it('tells true of answers and problems', async (t) => {
    const { ask } = testApp(t, {
      health: () => ({ status: 'ok', name: 'synapse', version: '1' }),
      'packs.list': () => ({ total: 0, limit: 50, offset: 0, items: [] }),
      'trash.list': () => ({ total: 1, limit: 50, offset: 0, items: [{ id: 5 }] }),
    })
    const answer = async (path: string, id: string, type: string) => {
      const response = await ask(path)
      const schema = operationOf(id).responses[String(response.status)]?.content?.[type]?.schema
      assert.ok(schema)
      return validator(schema)(await response.json())
    }
    assert.equal(await answer('/api/health', 'health', 'application/json'), true)
    assert.equal(await answer('/api/packs', 'packs.list', 'application/json'), true)
    assert.equal(await answer('/api/trash', 'trash.list', 'application/json'), false)
    assert.equal(await answer('/api/packs?x=1', 'packs.list', 'application/problem+json'), true)
  })
})
