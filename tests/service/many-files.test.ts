/** Ten thousand files into one pack, through the service. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endOf, newPlace, recordOf, runCommand, startService, writeModels } from './real-service.ts'

const isThorough = process.env['SYNAPSE_SAFETY'] === 'full'
const FILES = isThorough ? 10_000 : 500
const EVENT_BYTES = 4096

/** The longest event of a stream, until it ends. */
async function longestEvent(url: string, token: string, signal: AbortSignal): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` }
  const stream = await fetch(`${url}/api/events`, { headers, signal })
  let [longest, rest] = [0, '']
  try {
    for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (rest + chunk).split('\n\n')
      rest = events.pop() ?? ''
      longest = Math.max(longest, ...events.map((event) => event.length))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return longest
}

test(`${String(FILES)} files into one pack: small events, a small record, a paged result`, async (t) => {
  const place = newPlace(t)
  const folder = join(place.folder, 'models/loras')
  writeModels(folder, FILES, 700)
  const service = await startService(place)
  const { client } = service
  const stop = new AbortController()
  const longest = longestEvent(service.url, service.token, stop.signal)
  const body = { paths: [folder], pack: 'Many' }
  const { id } = await client.call('imports.start', { body })
  const job = await endOf(client, id)
  assert.deepEqual([job.state, job.result?.['imported']], ['succeeded', FILES])
  stop.abort()
  assert.ok((await longest) < EVENT_BYTES, 'a long event')
  const record = statSync(join(place.root, 'data/jobs', `${id}.json`))
  assert.ok(record.size < 32_768, `${String(record.size)} bytes`)
  assert.equal(recordOf(place, id).lists?.['files'], FILES)
  const query = { list: 'files', limit: 100, offset: FILES - 50 }
  const page = await client.call('jobs.items', { params: { id }, query })
  assert.deepEqual([page.total, page.items.length], [FILES, 50])
  const pack = await client.call('packs.show', { params: { name: 'Many' } })
  assert.equal(pack.pack.dependencies?.length, FILES)
  const again = runCommand(place, 'import', folder, '--json')
  const whole = JSON.parse(again.out) as { result: { files: unknown[]; already_there: number } }
  assert.deepEqual([whole.result.files.length, whole.result.already_there], [FILES, FILES])
})
