/** The little of ComfyUI's frontend that we use, as its documentation describes it. */

/** A tab of the sidebar that draws itself. */
export interface SidebarTab {
  readonly id: string
  readonly title: string
  readonly tooltip: string
  readonly icon: string
  readonly type: 'custom'
  /** Called each time the tab is drawn, also again with the same element. */
  readonly render: (element: HTMLElement) => void
}

/** ComfyUI's app object. */
export interface ComfyApp {
  registerExtension(extension: { readonly name: string; readonly setup: () => void }): void
  readonly extensionManager: {
    registerSidebarTab(tab: SidebarTab): void
    readonly setting: { get(id: string): unknown }
    readonly command: { execute(id: string): Promise<unknown> }
  }
}

/** Relative, so that ComfyUI below a sub-path works; there at run time only. */
const APP_MODULE = '../../scripts/app.js'

/** Returns ComfyUI's app, from the module that it serves to extensions. */
export async function loadApp(): Promise<ComfyApp> {
  const module = (await import(APP_MODULE)) as { readonly app: ComfyApp }
  return module.app
}
