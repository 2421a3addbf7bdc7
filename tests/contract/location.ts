/** What every location must do, whatever it is made of. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Sha256 } from '../../schemas/ids.ts'
import type { Location, WritableLocation } from '../../sidecar/domain/locations/location.ts'
import { freshFolder } from '../_support/volumes.ts'

/** A location under test. */
export interface LocationUnderTest {
  readonly location: Location
  /** Puts a file into the location, by whatever way; gives its key. */
  put(name: string, bytes: string): Promise<string> | string
  /** Takes the location away, as a disk that is pulled. */
  unplug(): void
  /** A key of the right form of which there is no file. */
  readonly missing: string
  /** Keys of the wrong form. */
  readonly bad: readonly string[]
  /** True for a kind that reports no space, as a bucket; absent otherwise. */
  readonly isBoundless?: boolean
}

const NEVER = new AbortController().signal
const sha256 = (bytes: string) => createHash('sha256').update(bytes).digest('hex')

async function keysOf(location: Location): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of location.list(NEVER)) keys.push(key)
  return keys.sort()
}

/** Runs the contract on one kind of location. */
export function locationContract(
  kind: string,
  open: (t: TestContext) => Promise<LocationUnderTest>,
): void {
  describe(`the location contract: ${kind}`, () => {
    it('lists each file once, with its size, and its digest if known', async (t) => {
      const { location, put } = await open(t)
      assert.deepEqual(await keysOf(location), [])
      const keys = [await put('a.safetensors', 'one'), await put('b.safetensors', 'other')]
      assert.deepEqual(await keysOf(location), [...keys].sort())
      for await (const file of location.list(NEVER)) {
        const { sha256: digest } = await location.hash(file.key)
        assert.ok(file.sha256 === null || file.sha256 === digest)
        assert.equal(file.identity.size_bytes, (await location.stat(file.key))?.size_bytes)
      }
    })

    it('lists many files, and stops on request', async (t) => {
      const { location, put } = await open(t)
      for (let n = 0; n < 1100; n += 1) await put(`m${String(n)}.safetensors`, `model ${String(n)}`)
      assert.equal((await keysOf(location)).length, 1100)
      const stop = new AbortController()
      stop.abort()
      const list = async () => {
        for await (const file of location.list(stop.signal)) assert.ok(file)
      }
      await assert.rejects(list(), { code: 'job.cancelled' })
    })

    it('returns the identity of a file, reads its head and hashes it', async (t) => {
      const { location, put } = await open(t)
      const key = await put('a.safetensors', 'the bytes of a model')
      assert.equal((await location.stat(key))?.size_bytes, 20)
      assert.equal(Buffer.from(await location.head(key, 9)).toString(), 'the bytes')
      assert.equal((await location.head(key, 99)).length, 20)
      let reported = 0
      const digests = await location.hash(key, { onBytes: (done) => (reported = done) })
      assert.deepEqual([digests.sha256, reported], [sha256('the bytes of a model'), 20])
      assert.match(digests.blake3 ?? '', /^[0-9a-f]{64}$/u)
    })

    it('fetches a whole copy, over nothing that is there', async (t) => {
      const { location, put } = await open(t)
      const key = await put('a.safetensors', 'the bytes of a model')
      const to = join(freshFolder(t), 'copy')
      assert.equal((await location.fetch(key, to)).sha256, sha256('the bytes of a model'))
      assert.equal(fs.readFileSync(to, 'utf8'), 'the bytes of a model')
      fs.writeFileSync(to, 'something else')
      await assert.rejects(location.fetch(key, to))
      assert.equal(fs.readFileSync(to, 'utf8'), 'something else')
    })

    it('leaves nothing of a copy that was stopped', async (t) => {
      const { location, put } = await open(t)
      const key = await put('a.safetensors', 'x'.repeat(4_000_000))
      const to = join(freshFolder(t), 'copy')
      const stop = new AbortController()
      stop.abort()
      await assert.rejects(location.fetch(key, to, { signal: stop.signal }), {
        code: 'job.cancelled',
      })
      assert.equal(fs.existsSync(to), false)
    })

    it('knows nothing of what is not there', async (t) => {
      const { location, missing } = await open(t)
      const to = join(freshFolder(t), 'copy')
      assert.equal(await location.stat(missing), null)
      const gone = { code: 'import.source_not_found' }
      await assert.rejects(location.hash(missing), gone)
      await assert.rejects(location.head(missing, 8), gone)
      await assert.rejects(location.fetch(missing, to), gone)
    })

    it('refuses keys of another form, and never looks where they lead', async (t) => {
      const { location, bad } = await open(t)
      const invalid = { code: 'input.invalid' }
      for (const key of bad) {
        await assert.rejects(location.stat(key), invalid, key)
        await assert.rejects(location.hash(key), invalid, key)
        await assert.rejects(location.head(key, 8), invalid, key)
        await assert.rejects(location.fetch(key, join(freshFolder(t), 'copy')), invalid, key)
      }
    })

    it('reports its space, and whether it is online', async (t) => {
      const { location, unplug, isBoundless = false } = await open(t)
      assert.equal(await location.isOnline(), true)
      const space = await location.space()
      assert.equal(space === null, isBoundless)
      assert.ok(space === null || space.free_bytes > 0)
      unplug()
      assert.equal(await location.isOnline(), false)
    })
  })
}

/** A writable location under test. */
export interface WritableUnderTest {
  readonly location: WritableLocation
  /** Every file of the location that is not its own bookkeeping, to see that nothing is left. */
  files(): readonly string[]
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve()
    yield Buffer.from(text)
  }
}

// eslint-disable-next-line require-yield -- Fails before its first piece, as a connection does.
async function* broken(): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  throw new Error('the connection is gone')
}

/** Runs the contract on one kind of location that takes bytes. */
export function writableContract(
  kind: string,
  open: (t: TestContext) => Promise<WritableUnderTest>,
): void {
  describe(`the contract of putting: ${kind}`, () => {
    const digest = sha256('the bytes of a model') as Sha256
    const put = () => pieces('the bytes ', 'of a ', 'model')

    it('puts whole bytes under their digest, once', async (t) => {
      const { location, files } = await open(t)
      assert.deepEqual(await location.put(put(), { sha256: digest }), {
        sha256: digest,
        was: 'put',
      })
      assert.equal((await location.hash(digest)).sha256, digest)
      const there = files()
      const again = await location.put(put(), { sha256: digest })
      assert.deepEqual(again, { sha256: digest, was: 'there' })
      assert.deepEqual(files(), there)
    })

    it('finds out the digest of bytes that come without one', async (t) => {
      const { location } = await open(t)
      const arrived: number[] = []
      const found = await location.put(put(), { onBytes: (done) => arrived.push(done) })
      assert.deepEqual(found, { sha256: digest, was: 'put' })
      assert.deepEqual(arrived, [10, 15, 20])
    })

    it('refuses bytes of another digest, and leaves nothing of them', async (t) => {
      const { location, files } = await open(t)
      const before = files()
      const refused = location.put(pieces('other bytes'), { sha256: digest })
      await assert.rejects(refused, { code: 'blob.integrity_mismatch' })
      assert.equal(await location.stat(digest), null)
      assert.deepEqual(files(), before)
    })

    it('leaves nothing of bytes that stop coming', async (t) => {
      const { location, files } = await open(t)
      const before = files()
      await assert.rejects(location.put(broken(), { sha256: digest }))
      assert.deepEqual(files(), before)
    })

    it('leaves nothing of bytes that nobody waits for any more', async (t) => {
      const { location, files } = await open(t)
      const before = files()
      const stop = new AbortController()
      const onBytes = () => {
        stop.abort()
      }
      const stopped = location.put(put(), { signal: stop.signal, onBytes })
      await assert.rejects(stopped, { code: 'job.cancelled' })
      assert.deepEqual(files(), before)
    })

    it('takes many at once, the same and others', async (t) => {
      const { location } = await open(t)
      const texts = ['one', 'two', 'three', 'one', 'one']
      const puts = texts.map((text) => location.put(pieces(text)))
      assert.deepEqual((await Promise.all(puts)).filter(({ was }) => was === 'put').length, 3)
      for (const text of texts) assert.ok(await location.stat(sha256(text)))
    })
  })
}
