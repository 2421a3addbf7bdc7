import { css } from 'lit'

/** Looks of the import form, its preview and its outcome. */
export const importStyles = css`
  :host {
    container-type: inline-size;
  }
  .card {
    padding: 16px;
  }
  .card,
  form {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px;
  }
  h2 {
    margin-bottom: 8px;
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    margin-bottom: 6px;
  }
  .modes {
    display: grid;
    gap: 4px;
  }
  .mode {
    display: flex;
    align-items: flex-start;
    gap: 10px;
    padding: 8px 10px;
    border: 1px solid transparent;
    border-radius: 8px;
    cursor: pointer;
  }
  .mode:hover {
    background: var(--syn-raised);
  }
  .mode.chosen {
    border-color: var(--syn-accent);
    background: var(--syn-accent-tint);
  }
  .mode:has(:focus-visible) {
    outline: 2px solid var(--syn-focus);
    outline-offset: 1px;
  }
  .mode svg {
    margin-top: 2px;
    color: var(--syn-quiet);
  }
  .mode.chosen svg {
    color: var(--syn-accent-text);
  }
  .mode b {
    display: block;
    font-weight: 500;
  }
  .two {
    display: grid;
    gap: 12px;
  }
  .end {
    display: flex;
    justify-content: flex-end;
    flex-wrap: wrap;
    gap: 8px;
  }
  .facts {
    display: grid;
    gap: 8px;
    padding-top: 16px;
    border-top: 1px solid var(--syn-line);
  }
  .sum {
    display: flex;
    justify-content: space-between;
    gap: 12px;
    font-weight: 600;
  }
  .facts li {
    display: flex;
    align-items: center;
    gap: 8px;
    font-size: 13px;
    line-height: 22px;
  }
  .facts li > .name {
    flex: 1;
  }
  .dot {
    flex: none;
    width: 8px;
    height: 8px;
    border-radius: 50%;
  }
  summary {
    display: flex;
    align-items: center;
    gap: 6px;
    cursor: pointer;
    font-size: 13px;
    line-height: 24px;
    list-style: none;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  summary > svg {
    color: var(--syn-quiet);
    transition: transform var(--syn-move);
  }
  details[open] > summary > svg {
    transform: rotate(90deg);
  }
  .facts li > .number {
    width: 64px;
  }
  details ul {
    max-height: 220px;
    margin-top: 4px;
    overflow-y: auto;
  }
  details li .quiet {
    flex: none;
  }
  .note {
    display: flex;
    gap: 8px;
    color: var(--syn-warn-text);
    font-size: 13px;
    line-height: 18px;
  }
  .bad {
    color: var(--syn-bad-text);
  }
  .good {
    color: var(--syn-good-text);
  }
  .outcome {
    display: grid;
    gap: 6px;
  }
  .outcome > p {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  @container (min-width: 380px) {
    .two {
      grid-template-columns: 1fr 1fr;
    }
  }
`
