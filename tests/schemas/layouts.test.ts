import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILT_IN_LAYOUTS, kindFromFolders } from '../../schemas/layouts.ts'

const kindIn = (folder: string) => kindFromFolders(`/models/${folder}/a.safetensors`)?.kind

describe('the kind of a folder', () => {
  it('is none where models of several kinds lie, whatever a layout puts there', () => {
    assert.equal(kindIn('ControlNetPreprocessor'), undefined)
  })

  it('is one that some interface keeps there, for each other folder of each layout', () => {
    for (const layout of Object.values(BUILT_IN_LAYOUTS)) {
      for (const folder of Object.values(layout)) {
        const name = folder.split('/').at(-1) ?? ''
        if (name === 'ControlNetPreprocessor') continue
        const kind = kindIn(name) ?? assert.fail(`${name} has no kind`)
        const kinds = Object.values(BUILT_IN_LAYOUTS).flatMap((other) =>
          Object.keys(other).filter((one) => {
            const last = other[one]?.split('/').at(-1)
            return last?.toLowerCase() === name.toLowerCase()
          }),
        )
        assert.ok(kinds.includes(kind), `${name}: ${kind}`)
      }
    }
  })

  it('is the plain one where several kinds have one folder', () => {
    const reported = ['Stable-diffusion', 'UNET', 'text_encoder', 'CLIP', 'LyCORIS'].map(kindIn)
    assert.deepEqual(reported, ['checkpoint', 'unet', 'text_encoder', 'clip', 'lora'])
  })

  it('comes from the nearest folder with a kind, with the folders below it', () => {
    const place = kindFromFolders('/old/vae/Lora/people/a.safetensors')
    assert.deepEqual(place, { kind: 'lora', subfolder: 'people' })
    assert.equal(kindFromFolders('/old/things/a.safetensors'), null)
  })
})
