/** Names of files and packs, shortened in the middle. */
import { html, type TemplateResult } from 'lit'
import { t } from '../i18n/translate.ts'

const TAIL = 8
/** What is kept before the ending of a file: `fp8.safetensors`. */
const BEFORE_ENDING = 4

/** Letters as people count them: a name is never cut within one. */
const graphemes = new Intl.Segmenter()

/** Returns a name that loses its middle where room is short; needs the styles of `.name`. */
export function shortenedName(name: string): TemplateResult {
  const letters = Array.from(graphemes.segment(name), ({ segment }) => segment)
  const ending = /\.[a-z]\w{1,11}$/iu.exec(name)?.[0].length ?? 0
  const tail = ending === 0 ? TAIL : ending + BEFORE_ENDING
  const cut = letters.length > tail * 1.5 ? letters.length - tail : letters.length
  return html`<span class="name" title=${name}
    ><span class="head">${letters.slice(0, cut).join('')}</span
    ><span class="tail">${letters.slice(cut).join('')}</span></span
  >`
}

/**
 * Returns the name of a profile for people: "Ink on top of Global", "Ink alone" for those that follow
 * from a pack.
 */
export function profileTitle(name: string): string {
  if (name === 'global') return t('profiles.global')
  const { way, pack = '' } = /^(?<way>work|only)__(?<pack>.+)$/su.exec(name)?.groups ?? {}
  if (way === undefined) return name
  return t(way === 'only' ? 'profiles.only' : 'profiles.work', { pack })
}

/** Returns a path apart: the folder that it is in and its last part. */
export function splitPath(path: string): { folder: string; name: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return { folder: path.slice(0, Math.max(0, at)), name: path.slice(at + 1) }
}

const BROWSERS = [
  ['Edge', /Edg\/(\d+)/u],
  ['Firefox', /Firefox\/(\d+)/u],
  ['Chrome', /Chrome\/(\d+)/u],
  ['Safari', /Version\/(\d+)[^ ]* (?:Mobile\/\S+ )?Safari/u],
] as const

const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'] as const

/**
 * Returns `Chrome 156, Linux`: what a user agent's text is about, or the text where that is not
 * known.
 */
export function browserName(agent: string): string {
  const system = SYSTEMS.find((name) => agent.includes(name))
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(agent)?.[1]
    if (version !== undefined) return [`${name} ${version}`, system].filter(Boolean).join(', ')
  }
  return agent
}
