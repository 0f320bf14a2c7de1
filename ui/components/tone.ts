/** The five ways a thing can be. Colour never stands alone: each tone has its own shape too. */
export type Tone = 'ok' | 'warn' | 'bad' | 'busy' | 'idle'
