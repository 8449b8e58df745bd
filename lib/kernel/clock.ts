/** The only way to learn the time: `now()` is the present instant. */
export interface Clock {
  now(): Date;
}
