/** An event of ours: it bubbles to elements above, through all shadow roots. */
export abstract class BubblingEvent extends Event {
  constructor(type: `synapse-${string}`) {
    super(type, { bubbles: true, composed: true })
  }
}
