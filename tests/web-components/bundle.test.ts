/** What a browser loads: elements and addresses, no schemas. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { bundlePanel, loadedAtOnce } from '../../scripts/build/panel.ts'

/** The files that a bundle holds something of. */
async function filesIn(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: path.resolve(import.meta.dirname, '../..'),
    entryPoints: [entry],
    outfile: 'panel.mjs',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    external: ['../../scripts/*.js'],
  })
  const inputs = metafile.outputs['panel.mjs']?.inputs ?? {}
  return Object.keys(inputs).filter((file) => (inputs[file]?.bytesInOutput ?? 0) > 0)
}

for (const entry of ['web-components/main.ts', 'web-components/comfyui.ts']) {
  test(`${entry} brings the addresses of endpoints without their schemas`, async () => {
    const files = await filesIn(entry)
    assert.ok(files.includes('schemas/endpoints/addresses.ts'))
    const needless = /node_modules\/valibot\/|-endpoints\.ts$|schemas\/endpoints\.ts$/u
    assert.deepEqual(
      files.filter((file) => needless.test(file)),
      [],
    )
  })
}

test('the page loads what pages need when they are shown first; the panel is one file', async () => {
  const { page, web } = await bundlePanel()
  const holding = (files: ReadonlyMap<string, string>, text: string) =>
    [...files].filter(([, code]) => code.includes(text)).map(([name]) => name)
  const ofImport = '<label for="kind">'
  assert.equal(holding(loadedAtOnce(page, 'page.mjs'), ofImport).length, 0)
  assert.ok(holding(page, ofImport).length > 0)
  assert.deepEqual([...web.keys()].sort(), ['LICENSES.txt', 'synapse-panel.mjs', 'synapse.js'])
})
