import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { answeredCodes } from '../../../schemas/endpoints/endpoint.ts'
import { ERRORS } from '../../../schemas/errors.ts'
import { openApiDocument } from '../../../sidecar/http/openapi.ts'
import { LEAST_BODIES, ROWS, testApp } from '../../_support/http-app.ts'
import { answerValidator, bodyValidator, DOCUMENT as document, validatorAt } from './open-api.ts'

function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return
  yield value as Record<string, unknown>
  for (const held of Object.values(value)) yield* objectsIn(held)
}

describe('the OpenAPI document', () => {
  it('is served to everyone', async (t) => {
    const { send } = testApp(t, {}, { version: '1.2.3' })
    assert.deepEqual(await (await send('/api/openapi.json')).json(), document)
    assert.equal(document.openapi, '3.1.0')
  })

  it('has every endpoint of the table, each with what it takes and answers', () => {
    for (const [id, endpoint] of ROWS) {
      const operation = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()]
      assert.equal(operation?.operationId, id)
      const names = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      assert.deepEqual(names, Object.keys(endpoint.params))
      assert.equal(operation.requestBody !== undefined, endpoint.body !== null, id)
      assert.equal(Array.isArray(operation.security), endpoint.access === 'open', id)
      assert.ok(operation.responses[String(endpoint.status)]?.content?.['application/json'])
      for (const code of answeredCodes(endpoint)) {
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
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const at = ['paths', path, method]
        operation.parameters.forEach((_one, index) =>
          validatorAt(...at, 'parameters', String(index), 'schema'),
        )
        bodyValidator(operation.operationId)
        for (const [status, { content }] of Object.entries(operation.responses)) {
          for (const type of Object.keys(content ?? {})) {
            answerValidator(operation.operationId, Number(status), type)
          }
        }
      }
    }
    for (const name of Object.keys(document.components.schemas)) {
      validatorAt('components', 'schemas', name)
    }
  })

  it('says of every number in a query that it is whole, and between what', () => {
    let numbers = 0
    for (const methods of Object.values(document.paths)) {
      for (const { operationId, parameters } of Object.values(methods)) {
        for (const { name, schema } of parameters) {
          const { type, anyOf, minimum, maximum } = schema as Record<string, unknown>
          if (name !== 'limit' && name !== 'offset') continue
          assert.equal(anyOf, undefined, `${operationId} ${name} is of one type`)
          numbers += 1
          assert.deepEqual([type, typeof minimum, typeof maximum], ['integer', 'number', 'number'])
        }
      }
    }
    assert.ok(numbers >= 16)
  })

  it('describes every operation, parameter, tag and token', () => {
    const { tags, info, components } = document as unknown as {
      tags: readonly { name: string; description: string }[]
      info: { license: { identifier: string } }
      components: { securitySchemes: { token: { description: string } } }
    }
    const named = new Map(tags.map((tag) => [tag.name, tag.description]))
    for (const methods of Object.values(document.paths)) {
      for (const operation of Object.values(methods)) {
        const {
          operationId,
          description,
          tags: own,
        } = operation as unknown as {
          operationId: string
          description: string
          tags: string[]
        }
        assert.ok(description.length > 10, operationId)
        for (const tag of own) assert.ok((named.get(tag) ?? '').length > 10, tag)
        for (const one of operation.parameters) {
          const { name, description: text } = one as unknown as {
            name: string
            description: string
          }
          assert.ok(text.length > 5, `${operationId} ${name}`)
        }
      }
    }
    assert.equal(info.license.identifier, 'MIT')
    assert.ok(components.securitySchemes.token.description)
  })

  it('gives bodies as examples that the service takes', () => {
    for (const [id, endpoint] of ROWS) {
      const operation = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()]
      const content = operation?.requestBody?.content?.['application/json'] as
        { example?: unknown } | undefined
      const valid = bodyValidator(id)
      if (content?.example === undefined || !valid || !endpoint.body) continue
      assert.ok(valid(content.example), `${id}: ${JSON.stringify(valid.errors)}`)
      assert.ok(v.is(endpoint.body, content.example), id)
    }
  })

  it('has each shared schema once, by name, and is the same each time', () => {
    const { schemas } = document.components
    for (const name of ['Job', 'Problem', 'PackDetail', 'SwitchResult', 'PackName', 'Sha256']) {
      assert.ok(schemas[name], name)
    }
    for (const [id, endpoint] of ROWS) {
      const operation = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()]
      const bodies = [operation?.requestBody, ...Object.values(operation?.responses ?? {})]
      for (const { schema } of bodies.flatMap((one) => Object.values(one?.content ?? {}))) {
        assert.ok('$ref' in schema, `${id}: ${JSON.stringify(schema).slice(0, 80)}`)
      }
    }
    assert.deepEqual(JSON.parse(JSON.stringify(openApiDocument('1.2.3'))), document)
  })

  it('says what a name may look like', () => {
    const { PackName } = document.components.schemas as Record<string, Record<string, unknown>>
    assert.deepEqual([PackName?.['minLength'], PackName?.['maxLength']], [1, 255])
    const pattern = new RegExp(String(PackName?.['pattern']), 'u')
    assert.ok(pattern.test('My Pack é 🧠'))
    for (const name of ['', 'a/b', 'a\\b', 'a\u0000b']) assert.ok(!pattern.test(name), name)
  })

  it('takes the bodies that the service takes, and refuses unknown fields as it does', () => {
    for (const [id, endpoint] of ROWS) {
      const valid = bodyValidator(id)
      if (!valid || !endpoint.body) continue
      const least = LEAST_BODIES[id] ?? {}
      assert.ok(valid(least), `${id}: ${JSON.stringify(valid.errors)}`)
      assert.ok(v.is(endpoint.body, least))
      if (id !== 'packs.restore') assert.equal(valid({ ...least, surprise: 1 }), false, id)
    }
  })

  it('matches real answers and problems', async (t) => {
    const { ask } = testApp(t, {
      health: () => ({ status: 'ok', name: 'synapse', version: '1', last_event: 'boot-0' }),
      'packs.list': () => ({ total: 0, limit: 50, offset: 0, items: [] }),
      'trash.list': () => ({ total: 1, limit: 50, offset: 0, items: [{ id: 5 }] }),
    })
    const answer = async (path: string, id: string, type: string) => {
      const response = await ask(path)
      return answerValidator(id, response.status, type)(await response.json())
    }
    assert.equal(await answer('/api/health', 'health', 'application/json'), true)
    assert.equal(await answer('/api/packs', 'packs.list', 'application/json'), true)
    assert.equal(await answer('/api/trash', 'trash.list', 'application/json'), false)
    assert.equal(await answer('/api/packs?x=1', 'packs.list', 'application/problem+json'), true)
  })
})
