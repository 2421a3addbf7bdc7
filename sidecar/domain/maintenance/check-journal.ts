/** Doctor's check of operations that are not finished. */
import type { Finding } from '../../../schemas/store.ts'
import { filesSetAside, setAsideText } from '../../store/release-files.ts'
import type { Examination } from './examination.ts'
import { finding } from './finding.ts'

/** Lists operations that are not finished, and files that wait under another name for that. */
export async function checkJournal({ ctx, reader }: Examination): Promise<Finding[]> {
  const open = reader.openHere()
  const aside = await filesSetAside(ctx.store, open)
  return [
    ...open.map(({ begin }) =>
      finding('journal', 'warning', `${begin.op} of ${begin.at} is not finished yet`),
    ),
    ...aside.map((file) =>
      finding('journal', 'warning', { message: setAsideText(file), path: file.aside }),
    ),
  ]
}
