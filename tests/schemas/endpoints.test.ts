/** The addresses, which browsers load, agree with the rows that have the schemas. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RESERVED_NAMES } from '../../schemas/ids.ts'
import { ENDPOINTS } from '../../schemas/endpoints.ts'
import { ADDRESSES, takesBody, type Address } from '../../schemas/endpoints/addresses.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'

const rows = Object.entries(ENDPOINTS) as [string, Endpoint][]

test('every address has its row, and every row its own address', () => {
  const given = rows.map(([id, { method, path }]): [string, Address] => [id, { method, path }])
  assert.deepEqual(Object.fromEntries(given), ADDRESSES)
})

test('no two endpoints share an address', () => {
  const addresses = Object.values(ADDRESSES).map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(addresses).size, addresses.length)
})

test('a fixed word beside a name is no name of a pack or profile', () => {
  const paths = Object.values(ADDRESSES).map(({ path }) => path.split('/'))
  const named = new Set(
    paths.flatMap((parts) => {
      const at = parts.indexOf('{name}')
      return at < 0 ? [] : [parts.slice(0, at).join('/')]
    }),
  )
  const beside = paths.flatMap((parts) =>
    parts.filter((part, at) => part !== '{name}' && named.has(parts.slice(0, at).join('/'))),
  )
  assert.ok(beside.length > 0)
  assert.deepEqual(
    beside.filter((word) => !RESERVED_NAMES.has(word)),
    [],
  )
})

test('a body is described exactly where the client sends one', () => {
  for (const [id, { method, body }] of rows) assert.equal(body !== null, takesBody(method), id)
})
