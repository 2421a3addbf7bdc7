import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { DoctorReport } from '../../schemas/store.ts'
import { createSynapse } from '../../sidecar/http/create-synapse.ts'
import { generateStore } from '../../scripts/bench/generate-library.ts'
import { compare, median, quantile, ratioOf } from '../../scripts/bench/measure.ts'
import { ggufHead, safetensorsHead } from '../../scripts/bench/model-headers.ts'
import { readOptions } from '../../scripts/bench/options.ts'
import { Random } from '../../scripts/bench/random.ts'
import { withResults } from '../../scripts/bench/write-page.ts'

function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'synapse-test-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('the library that the bench measures with', () => {
  test('is a store in which doctor finds nothing wrong', async (t) => {
    const folder = temporaryFolder(t)
    const root = join(folder, 'store')
    const made = generateStore(root, { files: 60, packs: 5, profiles: 3, filesPerPack: 10 })
    await using synapse = await createSynapse({ root, home: join(folder, 'home') })
    await synapse.client.call('store.init', { body: {} })
    const summary = await synapse.client.call('inventory.summary')
    const body = { verify_blobs: true }
    const job = await synapse.client.call('store.doctor', { body })
    const report = (await synapse.services.jobs.wait(job.id)).result as DoctorReport
    assert.deepEqual(report.findings, [])
    assert.equal(summary.blobs_total - summary.blobs_missing, 60)
    assert.equal(new Set(made.digests).size, 60)
    assert.ok(summary.blobs_referenced > 0 && summary.blobs_orphan > 0)
  })

  test('is the same every time', (t) => {
    const folder = temporaryFolder(t)
    const options = { files: 20, packs: 2, profiles: 1 }
    const one = generateStore(join(folder, 'one'), options)
    const other = generateStore(join(folder, 'other'), options)
    assert.deepEqual(one, other)
  })

  test('a safetensors file is as long as its header says', () => {
    const { bytes, size } = safetensorsHead(new Random(1), 'a name', true)
    const length = Number(bytes.readBigUInt64LE())
    assert.equal(bytes.length, 8 + length)
    const { __metadata__: metadata, ...tensors } = JSON.parse(
      bytes.subarray(8).toString(),
    ) as Record<string, { shape: number[]; data_offsets: [number, number] }>
    assert.ok(metadata)
    let end = 0
    for (const {
      shape,
      data_offsets: [from, to],
    } of Object.values(tensors)) {
      assert.equal(from, end)
      assert.equal(to - from, 2 * shape.reduce((product, side) => product * side, 1))
      end = to
    }
    assert.equal(size, bytes.length + end)
  })

  test('a GGUF file begins as one and its data are aligned', () => {
    const { bytes, size } = ggufHead(new Random(1), 'a name', true)
    assert.equal(bytes.toString('latin1', 0, 4), 'GGUF')
    assert.equal(bytes.readUInt32LE(4), 3)
    assert.equal(bytes.length % 32, 0)
    assert.ok(size > bytes.length)
  })
})

describe('measuring', () => {
  test('the median and quantiles of few numbers', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 2, 3]), 2.5)
    assert.equal(quantile([5, 1, 4, 2, 3], 0.5), 3)
    assert.equal(quantile([5, 1, 4, 2, 3], 0.99), 5)
    assert.ok(Number.isNaN(quantile([], 0.5)))
  })

  test('ratios are taken round by round', () => {
    const one = { name: 'one', samples: [2, 20, 200] }
    const other = { name: 'other', samples: [1, 10, 400] }
    assert.equal(ratioOf(one, other), 2)
  })

  test('contenders work in turn, another one first in each round; warm-ups do not count', async () => {
    const calls: string[] = []
    const contender = (name: string, ms: number) => ({
      name,
      prepare: () => calls.push(`+${name}`),
      run: () => {
        calls.push(name)
        return ms
      },
      clean: () => calls.push(`-${name}`),
    })
    const rows = await compare([contender('a', 1), contender('b', 2)], { rounds: 2, warmUps: 1 })
    const [a, b] = [
      ['+a', 'a', '-a'],
      ['+b', 'b', '-b'],
    ] as const
    assert.deepEqual(calls, [...a, ...b, ...a, ...b, ...b, ...a])
    assert.deepEqual(rows, [
      { name: 'a', samples: [1, 1] },
      { name: 'b', samples: [2, 2] },
    ])
  })
})

describe('the command line of the bench', () => {
  test('a whole run writes; a quick one or a part of it does not', () => {
    assert.equal(readOptions([])?.write, true)
    assert.equal(readOptions([])?.files, 100_000)
    assert.equal(readOptions(['--files', '500'])?.files, 500)
    assert.equal(readOptions(['--quick'])?.write, false)
    assert.equal(readOptions(['hashing'])?.write, false)
    assert.equal(readOptions(['--help']), null)
    assert.throws(() => readOptions(['--files', 'many']), /whole number/)
  })
})

describe('the page of results', () => {
  const page = (inner: string) =>
    `before\n<!-- results: written by "npm run bench" -->${inner}<!-- end of results -->\nafter\n`

  test('only what stands between the marks changes', () => {
    const text = withResults(page('\nold\n'), 'new')
    assert.equal(text, page('\n\nnew\n\n'))
  })

  test('a page without marks is refused', () => {
    assert.throws(() => withResults('no marks', 'new'), /once each/)
    assert.throws(() => withResults(page('') + page(''), 'new'), /once each/)
  })
})
