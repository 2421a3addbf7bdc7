/** The licences of the packages that a bundle holds. */
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Metafile } from 'esbuild'
import * as v from 'valibot'
import { ROOT } from '../source-files.ts'

const PackageSchema = v.object({ version: v.string(), license: v.optional(v.string(), 'unknown') })

export interface Licence {
  /** Name, version and short licence. */
  readonly title: string
  readonly text: string
}

/** The npm packages in bundles, by the paths of their inputs. */
function packagesIn(metafiles: readonly Metafile[]): string[] {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs))
  const names = inputs.map((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

async function licenceOf(name: string): Promise<Licence> {
  const folder = path.join(ROOT, 'node_modules', name)
  const manifest = v.parse(
    PackageSchema,
    JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8')),
  )
  const title = `${name} ${manifest.version} (${manifest.license})`
  const file = (await fs.readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  return { title, text: file ? await fs.readFile(path.join(folder, file), 'utf8') : '' }
}

export async function licencesIn(metafiles: readonly Metafile[]): Promise<Licence[]> {
  return Promise.all(packagesIn(metafiles).map(licenceOf))
}

/** Returns the text of LICENSES.txt. */
export function licencesText(licences: readonly Licence[]): string {
  return licences.map(({ title, text }) => `${title}\n\n${text.trim()}\n`).join('\n---\n\n')
}
