import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isAsideName } from '../../../sidecar/platform/aside-name.ts'
import type { Step } from '../../../sidecar/store/steps.ts'
import { withAside } from '../../../sidecar/store/with-aside.ts'

function asideIn(step: Step): string | undefined {
  const { aside } = withAside(step) as { readonly aside?: string }
  return aside
}

const move = (from: string) => asideIn({ do: 'move', from, to: 'data/x' })

for (const folder of [
  '/models',
  'data/views/comfyui/profiles/p',
  'data/quarantine/01890a5d-ac96-774b-bcce-b302099a8057',
]) {
  it(`names what a move removes from ${folder}, where other programs have files`, () => {
    const aside = move(`${folder}/a.safetensors`) ?? ''
    assert.equal(aside.slice(0, folder.length + 1), `${folder}/`)
    assert.ok(isAsideName(aside.slice(folder.length + 1)))
  })
}

it('names nothing for a move within the store', () => {
  assert.equal(move('data/tmp/x.part'), undefined)
})

it('names the link that it removes', () => {
  const aside = asideIn({ do: 'unlink_symbolic', path: '/models/a', target: 'b' })
  assert.match(aside ?? '', /^\/models\/\.[0-9a-f]{12}\.synapse-aside$/u)
})

it('keeps a name that is recorded', () => {
  const step = { do: 'move', from: '/models/a', to: 'data/x', aside: '/models/b' } as const
  assert.deepEqual(withAside(step), step)
})
