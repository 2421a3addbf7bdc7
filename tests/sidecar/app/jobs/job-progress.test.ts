import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Progress } from '../../../../sidecar/domain/progress.ts'
import { etaSeconds, RateMeter } from '../../../../sidecar/app/jobs/job-progress.ts'

const at = (done: number, more: Partial<Progress> = {}): Progress => ({
  stage: 'reading',
  done,
  total: 1000,
  unit: 'bytes',
  ...more,
})

describe('RateMeter', () => {
  it('knows nothing before it has seen a while', () => {
    const meter = new RateMeter()
    assert.equal(meter.rate(), null)
    meter.add(0, at(0))
    meter.add(100, at(50))
    assert.equal(meter.rate(), null)
  })

  it('looks at the last five seconds', () => {
    const meter = new RateMeter()
    for (let ms = 0; ms <= 10_000; ms += 500) meter.add(ms, at(ms))
    for (let ms = 10_500; ms <= 16_000; ms += 500) meter.add(ms, at(10_000 + (ms - 10_000) / 10))
    assert.equal(meter.rate(), 100)
  })

  it('is as exact with a million reports as with few', () => {
    const meter = new RateMeter()
    for (let n = 0; n <= 100_000; n += 1) meter.add(n / 20, at(n))
    assert.ok(Math.abs((meter.rate() ?? 0) - 20_000) < 100, String(meter.rate()))
  })

  it('begins anew with a stage, a unit, or a step back', () => {
    for (const next of [at(600, { stage: 'writing' }), at(600, { unit: 'files' }), at(10)]) {
      const meter = new RateMeter()
      meter.add(0, at(0))
      meter.add(1000, at(500))
      assert.equal(meter.rate(), 500)
      meter.add(2000, next)
      assert.equal(meter.rate(), null)
    }
  })
})

describe('etaSeconds', () => {
  it('estimates the remaining time where that is possible', () => {
    assert.equal(etaSeconds(at(500), 100), 5)
    assert.equal(etaSeconds(at(2000), 100), null)
    assert.equal(etaSeconds(at(500), 0), null)
    assert.equal(etaSeconds(at(500), null), null)
    assert.equal(etaSeconds(at(500, { total: null }), 100), null)
  })
})
