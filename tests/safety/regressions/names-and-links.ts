/** Attacks by names and links that lead elsewhere. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../../schemas/errors.ts'
import { sync, take } from '../calls.ts'
import { watching } from '../watching.ts'
import { bytesOf, digestOf, MODELS, put, sha256Of } from '../sandbox.ts'
import { ask, asPaired, post } from './ask.ts'
import { everything, fails, type Regression } from './fixture.ts'

export const NAMES_AND_LINKS: readonly Regression[] = [
  [
    'a name with .. deleted the folder above → names that lead elsewhere are refused',
    async (fixture) => {
      const before = everything(fixture.at('state'))
      for (const part of [
        '%2e%2e',
        '%2e',
        '..%2fNeon',
        '%2e%2e%2f%2e%2e%2fdata',
        'a%5cb',
        'x%00',
        '%252e%252e',
        '..;',
      ]) {
        for (const method of ['DELETE', 'PATCH', 'GET']) {
          const init = {
            method,
            ...(method === 'PATCH'
              ? { body: '{}', headers: { 'content-type': 'application/json' } }
              : {}),
          }
          const { status } = await ask(fixture, `/api/packs/-/${part}`, init)
          assert.ok([400, 404, 405].includes(status), `${method} ${part}: ${String(status)}`)
        }
      }
      for (const name of ['..', '.', '../Neon', 'a/b', 'a\\b', 'x\0', '../../data', '']) {
        const creating = fixture.client.call('packs.create', { body: { name } })
        await assert.rejects(creating, fails('input.invalid'), name)
        const dependencies = [{ sha256: digestOf('ink'), filename: name }]
        await assert.rejects(
          fixture.client.call('packs.create', { body: { name: 'P', dependencies } }),
          fails('input.invalid'),
          name,
        )
        await assert.rejects(
          fixture.client.call('profiles.activate', { body: { profile: name } }),
          (error) =>
            isAppError(error) && ['input.invalid', 'profile.not_found'].includes(error.code),
        )
      }
      assert.deepEqual(everything(fixture.at('state')), before)
    },
  ],
  [
    'a digest became a path before it was checked → only a valid digest does',
    async (fixture) => {
      for (const sha256 of [
        '../../../etc/passwd',
        '..%2f..',
        'sha256-../x',
        'a'.repeat(63),
        `${'a'.repeat(64)}/..`,
        'A'.repeat(64),
      ]) {
        for (const method of ['GET', 'DELETE']) {
          const { status } = await ask(
            fixture,
            `/api/store/inventory/${encodeURIComponent(sha256)}`,
            { method },
          )
          assert.ok([400, 404].includes(status), `${sha256}: ${String(status)}`)
        }
      }
    },
  ],
  [
    'names in a foreign pack led out of the view → such a file gets no link',
    async (fixture) => {
      const path = fixture.at('state/packs/Ink/pack.json')
      const text = fs.readFileSync(path, 'utf8')
      for (const name of ['../../../../outside/x', '/etc/passwd', '..', 'sub/../../x']) {
        fs.writeFileSync(path, text.replaceAll('"ink.safetensors"', JSON.stringify(name)))
        await sync(fixture.client)
        assert.ok(!Object.values(fixture.seen.shown('alpha')).includes('ink'), name)
      }
      assert.equal(fs.existsSync(join(fixture.sandbox.outside, 'x')), false)
    },
  ],
  [
    'a link inside an allowed folder led out of it → links are resolved before a browser may import',
    async (fixture) => {
      const { sandbox, client } = fixture
      const allowed = join(sandbox.outside, 'new')
      await client.call('store.config_edit', { body: { import_roots: [allowed] } })
      put(sandbox.folder, { 'secret/diary.safetensors': 'secret' })
      fs.symlinkSync(join(sandbox.folder, 'secret'), join(allowed, 'way-out'))
      fs.symlinkSync(
        join(sandbox.folder, 'secret/diary.safetensors'),
        join(allowed, 'loras/way-out.safetensors'),
      )
      const paired = await asPaired(fixture)
      for (const path of [
        join(allowed, 'way-out'),
        join(allowed, '../library'),
        `${allowed}/..`,
        join(allowed, 'loras/way-out.safetensors'),
      ]) {
        const { status } = await post(fixture, '/api/imports', { paths: [path] }, paired)
        assert.equal(status, 403, path)
      }
      const response = await post(fixture, '/api/imports', { paths: [allowed] }, paired)
      const job = (await response.json()) as { id: string }
      await fixture.synapse.services.jobs.wait(job.id)
      assert.ok(
        !fixture.seen.blobs().includes(sha256Of(Buffer.from('secret'))),
        'the files of a linked folder were taken',
      )
    },
  ],
  [
    'a file was swapped for a link while it was taken in → what was looked at is what is taken',
    async (fixture) => {
      put(fixture.sandbox.folder, { 'secret.txt': 'secret' })
      const path = join(fixture.sandbox.outside, 'new', MODELS.fresh)
      for (const mode of ['copy', 'move', 'link']) {
        for (let at = 1; at < 12; at += 1) {
          let calls = 0
          // The record of the job is written before the file is inspected.
          const swap = ({ path: changed }: { readonly path: string }) => {
            if (changed.includes('/data/jobs')) return
            calls += 1
            if (calls !== at || !fs.existsSync(path)) return
            fs.rmSync(path)
            fs.symlinkSync(join(fixture.sandbox.folder, 'secret.txt'), path)
          }
          await watching(swap, () => take(fixture.client, path, { mode }).catch(() => undefined))
          assert.equal(
            fs.readFileSync(join(fixture.sandbox.folder, 'secret.txt'), 'utf8'),
            'secret',
          )
          assert.ok(
            !fixture.seen.blobs().includes(sha256Of(Buffer.from('secret'))),
            `${mode}, call ${String(at)}`,
          )
          fs.rmSync(path, { force: true })
          put(fixture.sandbox.outside, { [`new/${MODELS.fresh}`]: bytesOf('fresh') })
        }
      }
    },
  ],
]
