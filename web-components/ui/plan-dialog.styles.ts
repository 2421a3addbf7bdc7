import { css } from 'lit'

/** Looks of the plan. */
export const planStyles = css`
  .plan {
    container-type: inline-size;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px;
  }
  .change {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    padding: 12px 16px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--syn-text) 6%, transparent);
  }
  .figures {
    display: flex;
    align-items: center;
    gap: 8px;
    font-size: 20px;
    line-height: 28px;
    font-weight: 600;
  }
  .change .grow {
    flex: 1 1 160px;
  }
  .figures svg {
    color: var(--syn-quiet);
  }
  .stack {
    overflow-wrap: anywhere;
  }
  h3 {
    display: flex;
    align-items: center;
    gap: 8px;
    font-size: 14px;
    font-weight: 500;
  }
  .appear h3 svg {
    color: var(--syn-good-text);
  }
  .disappear h3 svg {
    color: var(--syn-bad-text);
  }
  .warn h3 svg {
    color: var(--syn-warn-text);
  }
  .group ul,
  .group > p {
    margin: 4px 0 0 24px;
  }
  .group li {
    display: flex;
    gap: 8px;
    justify-content: space-between;
    font-size: 13px;
    line-height: 22px;
  }
  .group li > .quiet {
    flex: 0 1 auto;
    max-width: 55%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 12px;
  }
  .group li > .name {
    flex: 0 1 auto;
  }
  @container (max-width: 340px) {
    .group li:not(.tall) > .quiet {
      display: none;
    }
  }
  .group li.tall {
    display: block;
    line-height: 18px;
    padding: 2px 0;
  }
  .group li.tall > .quiet {
    max-width: none;
    white-space: normal;
  }
  button {
    max-width: 100%;
  }
  button:not(.primary) {
    background: var(--syn-raised);
  }
  button:not(.primary):hover {
    background: var(--syn-raised-hover);
  }
  button > span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
`
