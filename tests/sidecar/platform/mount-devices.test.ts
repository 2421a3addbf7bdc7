/** Numbers of devices, as two tables of the system write them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deviceText } from '../../../sidecar/platform/mount-devices.ts'

describe('the number of a device', () => {
  const cases: readonly [packed: bigint, text: string][] = [
    [65_024n, '254:0'],
    [27n, '0:27'],
    [2049n, '8:1'],
    [1_114_924n, '259:300'],
    [4_294_967_295n, '4095:1048575'],
  ]
  for (const [packed, text] of cases) {
    it(`${String(packed)} is ${text} in the table of mounts`, () => {
      assert.equal(deviceText(packed), text)
    })
  }
})
