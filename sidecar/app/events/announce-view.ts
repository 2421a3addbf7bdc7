/** Records the path of the view for ComfyUI's start-up, even without a running service. */
import type { UiName } from '../../../schemas/ids.ts'
import { writeComfyuiView } from '../home/home.ts'
import type { Services } from '../services.ts'

/** Writes `run/comfyui.json`. @throws disk.* */
export async function announceView({
  store,
  home,
}: Pick<Services, 'store' | 'home'>): Promise<void> {
  await writeComfyuiView(home, store.paths.active('comfyui' as UiName))
}
