/** The interface that the panel shows: the one chosen last, else the one it runs in. */
import type { ProfilesStatus } from '../data/profiles.ts'
import type { Surface } from '../contexts/surface.ts'

const key = () => `synapse:${location.pathname}:ui`

/** Remembers a choice for this browser. */
export function rememberUi(ui: string): void {
  try {
    localStorage.setItem(key(), ui)
  } catch {
    // Storage is blocked: the choice lasts as long as this page.
  }
}

function remembered(): string {
  try {
    return localStorage.getItem(key()) ?? ''
  } catch {
    return ''
  }
}

/** Returns the interface to show; empty where there is none. */
export function chosenUi(status: ProfilesStatus, chosen: string, surface: Surface): string {
  const known = new Set(status.uis.map(({ ui }) => ui))
  const set = status.ui_sets[status.default_ui_set] ?? []
  const wishes = [chosen, remembered(), ...(surface === 'panel' ? ['comfyui'] : []), ...set]
  return wishes.find((ui) => known.has(ui)) ?? status.uis[0]?.ui ?? ''
}
