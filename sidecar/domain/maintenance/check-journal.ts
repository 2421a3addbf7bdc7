/** Doctor's check of unfinished operations. */
import type { Finding } from '../../../schemas/store.ts'
import { filesSetAside, setAsideText } from '../../store/release-files.ts'
import type { Examination } from './examination.ts'
import { finding } from './finding.ts'

/** Lists unfinished operations, and the files that they left under another name. */
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
