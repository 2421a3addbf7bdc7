import { css } from 'lit'

/** What every element begins with: font, margins, focus. */
export const base = css`
  :host {
    display: block;
    box-sizing: border-box;
    color: var(--syn-text);
    font:
      14px/20px Inter,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      sans-serif;
    font-variant-numeric: tabular-nums;
    text-align: start;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  :focus-visible {
    outline: 2px solid var(--syn-focus);
    outline-offset: 1px;
  }
  svg {
    display: block;
    flex: none;
  }
`
