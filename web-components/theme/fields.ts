import { css } from 'lit'

/** Fields of forms, and their labels. */
export const fields = css`
  input[type='text'],
  select {
    width: 100%;
    height: 36px;
    padding: 0 12px;
    border: 1px solid transparent;
    border-radius: var(--syn-radius);
    color: var(--syn-text);
    background: var(--syn-card);
    font: inherit;
    text-overflow: ellipsis;
  }
  /* The system draws the words of a choice four pixels further in. */
  select {
    padding-inline: 8px;
  }
  .card input[type='text'],
  .card select {
    background: var(--syn-raised);
  }
  input[type='text']:hover,
  select:hover {
    border-color: var(--syn-line-strong);
  }
  input::placeholder {
    color: var(--syn-quiet);
    opacity: 1;
  }
  .field {
    display: grid;
    gap: 6px;
  }
  .field > label,
  legend {
    padding: 0;
    font-size: 13px;
    font-weight: 500;
  }
`
