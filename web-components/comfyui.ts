/** The extension of ComfyUI's page: one sidebar tab, and lists that follow the switches. */
import { followSwitches } from './comfyui/follow-switches.ts'
import { loadApp, type ComfyApp } from './comfyui/comfyui-app.ts'
import { Connection } from './data/connection.ts'
import { defineElements } from './define.ts'
import { setLocale } from './i18n/translate.ts'
import { MemoryAddress } from './shell/memory-address.ts'
import { Router } from './shell/router.ts'
import { PAGES } from './shell/page-table.ts'

/** This file is at `<ComfyUI>/extensions/<folder>/`: two steps up is ComfyUI's root. */
const SERVICE = new URL('../../synapse', import.meta.url)
const REFRESH = new URL('../../synapse-shim/refresh', import.meta.url)

function register(app: ComfyApp): void {
  const connection = new Connection(SERVICE.href)
  followSwitches(connection, app, REFRESH)
  let panel: HTMLElementTagNameMap['synapse-app'] | undefined
  app.extensionManager.registerSidebarTab({
    id: 'synapse',
    title: 'Synapse',
    tooltip: 'Synapse',
    icon: 'pi pi-box',
    type: 'custom',
    render(element) {
      if (!panel) {
        setLocale(localeOf(app))
        defineElements()
        panel = document.createElement('synapse-app')
        panel.surface = 'panel'
        panel.connection = connection
        panel.router = new Router(PAGES, new MemoryAddress(), 'panel')
      }
      if (panel.parentElement === element) return
      element.style.height = '100%'
      element.replaceChildren(panel)
    },
  })
}

function localeOf(app: ComfyApp): string {
  const locale = app.extensionManager.setting.get('Comfy.Locale')
  return typeof locale === 'string' && locale !== '' ? locale : navigator.language
}

/** Marks the page: a second copy of the extension would register everything twice. */
const LOADED = Symbol.for('synapse.panel')

if (!Object.hasOwn(globalThis, LOADED)) {
  Object.defineProperty(globalThis, LOADED, { value: true })
  const app = await loadApp()
  app.registerExtension({ name: 'Synapse.Panel', setup: () => register(app) })
}
