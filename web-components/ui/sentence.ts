import { html, type TemplateResult } from 'lit'

/**
 * Returns a sentence of the service's, with the commands that it names in backticks set as code.
 */
export function sentence(text: string): TemplateResult {
  const parts = text.split('`')
  return html`${parts.map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
