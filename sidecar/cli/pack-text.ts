/** How commands name a pack, and show one with its files. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { PackFile } from '../../schemas/pack.ts'
import { list as asList, shortDigest, size, words as asWords } from './format.ts'
import type { View } from './output.ts'
import { facts, joined, table, type Column } from './table.ts'

const FILES: readonly Column<PackFile>[] = [
  { title: 'File', value: ({ filename, dependency_id: id }) => filename || id, least: 14 },
  { title: 'Kind', value: ({ kind }) => kind, least: 7 },
  { title: 'Size', value: ({ size_bytes }) => size(size_bytes), align: 'right' },
  { title: 'Digest', value: ({ sha256 }) => shortDigest(sha256), spare: 2 },
  { title: 'Id', value: ({ dependency_id: id }) => id, least: 10, spare: 1 },
  {
    title: 'State',
    value: ({ state }) => asWords(state),
    style: ({ state }) => (state === 'here' ? null : 'yellow'),
  },
]

/** Returns a pack with its files as text. */
export function packText(
  { summary, pack, files, profiles }: Answer<'packs.show'>,
  view: View,
): string {
  const rows: (readonly [string, string])[] = [
    ['Pack', summary.name],
    [
      'Files',
      `${String(summary.files_here)} of ${String(summary.files)} here, ${size(summary.size_bytes)}`,
    ],
    ['Active in', asList(summary.active_in_uis)],
    ['Profiles', asList(profiles)],
  ]
  const optional: (readonly [string, string | null | undefined])[] = [
    ['Needs', (pack.pack_dependencies ?? []).map((one) => one.pack_name).join(', ')],
    ['Base model', summary.base_model],
    ['Version', pack.version],
    ['Author', pack.author],
    ['Tags', summary.tags.join(', ')],
    ['Trigger words', (pack.trigger_words ?? []).join(', ')],
  ]
  const named = optional.filter((row): row is [string, string] => Boolean(row[1]))
  return joined(
    [
      facts([...rows, ...named], view),
      summary.description ?? '',
      table(FILES, files, view),
      summary.broken !== undefined && view.paint('red', summary.broken),
    ],
    '\n\n',
  )
}

/** The word that names a pack. */
export const packName = { name: 'pack', summary: 'Name of the pack' } as const
