/** Icons: thin lines on a grid of 24, in the colour of the text around them. */
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit'

const DRAWINGS = {
  refresh: svg`<path d="M20 11a8 8 0 0 0-14.3-4L3.5 9.5M3.5 4.5v5h5M4 13a8 8 0 0 0 14.3 4l2.2-2.5M20.5 19.5v-5h-5"/>`,
  search: svg`<circle cx="10.5" cy="10.5" r="6.5"/><path d="m20 20-4.8-4.8"/>`,
  back: svg`<path d="M9 6 4 11l5 5M4.5 11H15a5 5 0 0 1 0 10h-3"/>`,
  reset: svg`<path d="M4 11.5 12 5l8 6.5M6.5 9.8V19h11V9.8M10 19v-5h4v5"/>`,
  pack: svg`<path d="m12 3 8 4.3v9.4L12 21l-8-4.3V7.3zM4.2 7.4 12 11.7l7.8-4.3M12 11.7V21"/>`,
  profiles: svg`<path d="m12 3.5 9 4.500-9 4.500-9-4.500zM3.500 12.300l8.500 4.200 8.500-4.200M3.500 16.300l8.500 4.200 8.500-4.200"/>`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  alert: svg`<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1"/>`,
  stop: svg`<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.3v.1"/>`,
  info: svg`<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.7v.1"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  chevron: svg`<path d="m9 6 6 6-6 6"/>`,
  arrow: svg`<path d="M4 12h15M14 7l5 5-5 5"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  minus: svg`<path d="M5 12h14"/>`,
  hidden: svg`<path d="M4 4l16 16M9.9 5.2A9.6 9.6 0 0 1 12 5c5.5 0 9 7 9 7a15 15 0 0 1-2.6 3.5M6.3 7A15 15 0 0 0 3 12s3.5 7 9 7a9 9 0 0 0 4.6-1.300M10 10.200a2.8 2.8 0 0 0 3.8 3.8"/>`,
  only: svg`<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="2.8" fill="currentColor" stroke="none"/>`,
  shade: svg`<rect x="3.5" y="3.5" width="12" height="12" rx="2"/><path d="M19 8.500h.5a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-10a1 1 0 0 1-1-1V19"/>`,
  gone: svg`<circle cx="12" cy="12" r="9" stroke-dasharray="3.5 3"/>`,
  folder: svg`<path d="M3.5 18V6.500a1.5 1.5 0 0 1 1.5-1.500h4.500l2 2.500H19a1.5 1.5 0 0 1 1.5 1.500v9a1.5 1.5 0 0 1-1.5 1.500H5A1.5 1.5 0 0 1 3.5 18z"/>`,
  offline: svg`<path d="M4 4l16 16M8.5 13.500a5 5 0 0 1 5-1.300M5 10a10 10 0 0 1 3-1.900M12 5.500c2.7 0 5.2 1.1 7 3M12 18v.1"/>`,
  key: svg`<circle cx="8" cy="15" r="4.5"/><path d="m11.3 11.7 8.2-8.200M16 7l3 3"/>`,
  copy: svg`<rect x="8.5" y="8.5" width="12" height="12" rx="2"/><path d="M15.5 8.500v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3"/>`,
  move: svg`<path d="M3.5 17.500v-11A1.5 1.5 0 0 1 5 5h4l2 2.500h8A1.5 1.5 0 0 1 20.5 9v8.500A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.500zM8 13.200h7.500M12.8 10.500l2.7 2.7-2.7 2.7"/>`,
  link: svg`<path d="M9.5 14.500l5-5M11 6.500l1.7-1.700a4.6 4.6 0 0 1 6.5 6.500L17.5 13M13 17.500l-1.7 1.700a4.6 4.6 0 0 1-6.5-6.500L6.5 11"/>`,
  turn: svg`<path d="M12 3.500a8.5 8.5 0 1 1-8.5 8.5"/>`,
} as const satisfies Record<string, SVGTemplateResult>

/** Name of an icon. */
export type IconName = keyof typeof DRAWINGS

/** Returns an icon for the eye; the words beside it, or the button's label, say the same. */
export function icon(name: IconName, size = 16, className = ''): TemplateResult {
  return html`<svg
    class=${className}
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${DRAWINGS[name]}
  </svg>`
}
