/** The addresses, which browsers load, agree with the rows that have the schemas. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('a body is described exactly where the client sends one', () => {
  for (const [id, { method, body }] of rows) assert.equal(body !== null, takesBody(method), id)
})
