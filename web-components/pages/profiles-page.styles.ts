import { css } from 'lit'

/** Looks of the page of profiles: a list of which one is open. */
export const profilesStyles = css`
  :host {
    container-type: inline-size;
  }
  section {
    max-width: 720px;
    display: grid;
    gap: 16px;
    grid-template-columns: minmax(0, 1fr);
  }
  .title {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 32px;
  }
  .list {
    display: grid;
    gap: 8px;
  }
  .toggle {
    display: flex;
    align-items: center;
    justify-content: flex-start;
    gap: 8px;
    width: 100%;
    min-height: 36px;
    padding: 0 8px;
    text-align: start;
  }
  .card {
    padding: 4px;
  }
  .card > button.toggle:not(.primary, .icon) {
    background: none;
  }
  .card > button.toggle:not(.primary, .icon):hover {
    background: var(--syn-raised);
  }
  .toggle > svg {
    flex: none;
    color: var(--syn-muted);
    transition: transform var(--syn-move);
  }
  .toggle[aria-expanded='true'] > svg {
    transform: rotate(90deg);
  }
  .meta {
    flex: none;
    color: var(--syn-quiet);
    font-size: 12px;
    font-weight: 400;
    font-variant-numeric: tabular-nums;
  }
  form {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  form > input {
    flex: 1 1 160px;
    min-width: 0;
    width: auto;
  }
  .bone {
    height: 44px;
    border-radius: 12px;
    background: var(--syn-card);
  }
`
