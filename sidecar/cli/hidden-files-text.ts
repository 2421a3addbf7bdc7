/** Texts on foreign files in inactive views. */
import type { HiddenFile, HiddenFiles } from '../../schemas/view-files.ts'
import type { StoreContext } from './command.ts'
import { shortId, size } from './format.ts'
import type { View } from './output.ts'
import { group, section } from './section.ts'
import { joined } from './table.ts'

const STAYS: Readonly<Record<NonNullable<HiddenFile['stays_because']>, string>> = {
  not_a_model: 'no model',
  sidecar: 'belongs to a model beside it',
  pickle: 'a pickle, which must be approved first',
  empty: 'empty',
  torn: 'not a whole model',
  no_folder: 'in no folder for models',
  folder_model: 'part of a model that is a folder',
  link: 'a link of yours',
  unfinished: 'its download is not finished',
  in_use: 'a program still writes to it',
  hard_linked: 'has other hard-linked names',
  just_written: 'written to just now',
}

/**
 * Returns the path of a foreign file in an inactive view, and why it stays or what happens to it.
 */
export function hiddenFileText(file: HiddenFile): string {
  const what = `${file.place} (${size(file.size_bytes)})`
  if (!file.taken_in) return `${what}: ${STAYS[file.stays_because ?? 'not_a_model']}`
  if (file.replaces_link === true) return `${what} becomes the file of the pack ${file.pack ?? ''}`
  return file.pack === undefined ? what : `${what} goes into the pack ${file.pack}`
}

/**
 * Returns foreign files that are no longer visible: those that are imported, and those that
 * stay.
 */
export function outOfSightText(files: HiddenFiles | undefined, view: View): string {
  if (files === undefined) return ''
  const { items, total } = files
  const [taken, staying] = [
    items.filter((one) => one.taken_in),
    items.filter((one) => !one.taken_in),
  ]
  return joined([
    section(
      view.paint('green', 'Your files that are imported into the store'),
      group(taken),
      hiddenFileText,
    ),
    section(
      view.paint('yellow', 'Your files that are no longer visible and stay where they are'),
      group(staying),
      hiddenFileText,
    ),
    total > items.length && `  … and ${String(total - items.length)} more of your files`,
  ])
}

/** Returns a note on the job that imports files after a switch, if a running service does it. */
export function adoptJobText(job: string | undefined): string {
  return job === undefined ? '' : `A job imports them: synapse jobs show ${shortId(job)}`
}

/**
 * Waits for the job that imports files if it runs in this process, with which it would end.
 * @throws AppError with the job's own problem
 */
export async function followAdoption(
  { client, mode, follow }: StoreContext,
  { adopt_job: id }: { readonly adopt_job?: string | undefined },
): Promise<void> {
  if (id === undefined || mode !== 'direct') return
  await follow(await client.call('jobs.show', { params: { id } }))
}
