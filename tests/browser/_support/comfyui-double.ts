/** As much of ComfyUI's page as the panel touches, written from its documented extension API. */

const PAGE = `<!doctype html>
<html>
  <head>
    <title>ComfyUI double</title>
    <style>
      body { margin: 0; height: 100vh; display: flex; background: #111; }
      body.light-palette {
        --base-background: #fff; --base-foreground: #171718; --muted-foreground: #494a50;
        --secondary-background: #e9e9e9; --secondary-background-hover: #d9d9d9;
        --secondary-background-selected: #b4b4b4; --tertiary-background: #d9d9d9;
        --tertiary-background-hover: #c5c5c5; --border-default: #b4b4b4; --border-subtle: #d9d9d9;
        --primary-background: #31b9f4; --destructive-background: #f75951;
        --warning-background: #fcbf64; --modal-panel-background: #fff;
      }
      #sidebar { width: 312px; height: 100%; }
      #canvas { flex: 1; }
    </style>
  </head>
  <body>
    <div id="sidebar"></div>
    <div id="canvas"></div>
    <script type="module">
      for (const type of ['copy', 'paste', 'keydown']) {
        document.addEventListener(type, (event) => window.comfy.reached.push(event.key ?? type))
      }
      window.comfy = { reached: [], executed: [], tabs: [], extensions: [] }
      await import('./extensions/synapse/synapse.js')
      for (const extension of window.comfy.extensions) extension.setup()
      window.comfy.open = () => window.comfy.tabs[0].render(document.querySelector('#sidebar'))
    </script>
  </body>
</html>`

const APP = `export const app = {
  registerExtension: (extension) => window.comfy.extensions.push(extension),
  extensionManager: {
    registerSidebarTab: (tab) => window.comfy.tabs.push(tab),
    setting: { get: (id) => (id === 'Comfy.Locale' ? window.comfyLocale ?? 'en' : undefined) },
    command: { execute: async (id) => window.comfy.executed.push(id) },
  },
}`

/** Path → what is served there. */
export const COMFYUI_PAGE: Readonly<
  Record<string, { readonly type: string; readonly text: string }>
> = {
  '/comfyui.html': { type: 'text/html; charset=utf-8', text: PAGE },
  '/scripts/app.js': { type: 'text/javascript; charset=utf-8', text: APP },
}
