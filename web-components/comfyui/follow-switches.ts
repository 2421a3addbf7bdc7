/** Makes ComfyUI list the models of the view that has become active. */
import type { ServiceEvents } from '../contexts/events.ts'
import type { ComfyApp } from './comfyui-app.ts'

const UI = 'comfyui'
/** One switch sends several events; ComfyUI is refreshed once. */
const BURST_MS = 250

/** Clears the server's lists, then refills the page's, after each switch of ComfyUI's view. */
export function followSwitches(events: ServiceEvents, app: ComfyApp, refreshUrl: URL): void {
  let burst: ReturnType<typeof setTimeout> | undefined
  events.onEvent((event) => {
    if (event.type !== 'profile.activated' && event.type !== 'view.changed') return
    if (event.ui !== UI) return
    clearTimeout(burst)
    burst = setTimeout(() => void refresh(app, refreshUrl), BURST_MS)
  })
}

async function refresh(app: ComfyApp, refreshUrl: URL): Promise<void> {
  try {
    await fetch(refreshUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    })
    await app.extensionManager.command.execute('Comfy.RefreshNodeDefinitions')
  } catch (error) {
    console.warn('[Synapse] ComfyUI could not refresh its model lists', error)
  }
}
