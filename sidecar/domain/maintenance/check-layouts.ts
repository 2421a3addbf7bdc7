/** Doctor's check of the folders that interfaces read. */
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import type { Finding } from '../../../schemas/store.ts'
import { uiNames, layoutOf } from '../views/ui-layout.ts'
import type { Examination } from './examination.ts'
import { finding } from './finding.ts'

/** Lists kinds whose folder an interface cannot use, or does not read. */
export function checkLayouts({ reader }: Examination): Finding[] {
  const config = reader.config()
  return uiNames(config).flatMap((ui) => {
    const unusable = layoutOf(config, ui).unusable.map((value) =>
      finding('layouts', 'warning', `${ui}: the folder of ${value} cannot be used`),
    )
    const own = config.ui.kind_map[ui] ?? {}
    const other = Object.entries(BUILT_IN_LAYOUTS[ui] ?? {})
      .filter(([kind, folder]) => own[kind] !== undefined && own[kind] !== folder)
      .map(([kind, folder]) =>
        finding(
          'layouts',
          'note',
          `${ui} looks for ${kind} in ${folder}, the config says ${String(own[kind])}; ` +
            'change it with `synapse config set`',
        ),
      )
    return [...unusable, ...other]
  })
}
