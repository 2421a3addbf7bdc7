import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { answeredCodes } from '../../../schemas/endpoints/endpoint.ts'
import { ERRORS } from '../../../schemas/errors.ts'
import { LEAST_BODIES, ROWS, testApp } from '../../_support/http-app.ts'
import { answerValidator, bodyValidator, DOCUMENT as document, validatorAt } from './open-api.ts'

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

  it('tells true of answers and problems', async (t) => {
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
