/** Commands that only look load no more than they need: else their start takes twice as long. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { BUILT_PROGRAM } from '../_support/built.ts'
import { newPlace, startService, type Place } from './real-service.ts'

/** Fails where anything of `fetch` is loaded, which Node does at the first look at a global of it. */
const WITHOUT_FETCH = `data:text/javascript,
  for (const name of ['Request', 'Response', 'Headers', 'fetch']) {
    Object.defineProperty(globalThis, name, { get() { throw new Error(name + ' was loaded') } })
  }`

function look(place: Place, ...args: string[]): string {
  const line = ['--import', WITHOUT_FETCH, BUILT_PROGRAM, ...args]
  const env = { ...process.env, SYNAPSE_HOME: place.home }
  return execFileSync(process.execPath, line, { env, encoding: 'utf8' })
}

test('version, help and list need nothing of fetch', async (t) => {
  const place = newPlace(t)
  const first = await startService(place)
  const list = ['list', '--root', place.root, '--json']
  const served = JSON.parse(look(place, ...list)) as { total: number }
  assert.equal(served.total, 0)
  await first.stop('SIGTERM')
  const direct = JSON.parse(look(place, ...list)) as { total: number }
  assert.equal(direct.total, 0)
  assert.match(look(place, 'version'), /^\d+\.\d+\.\d+$/mu)
  assert.match(look(place, 'help', 'list'), /synapse/u)
})
