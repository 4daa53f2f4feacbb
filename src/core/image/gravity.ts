import type { Box, Size } from './image.ts'

/** A cell of a grid of three by three: where in a picture something is. */
export type Gravity = (typeof GRAVITIES)[number]
const GRAVITIES = ['nw', 'north', 'ne', 'west', 'center', 'east', 'sw', 'south', 'se'] as const
export const isGravity = (text: string): text is Gravity => GRAVITIES.some((each) => each === text)

/** To which side it pulls: 0 left or top, 1 the middle, 2 right or bottom. */
const across = (gravity: Gravity): number => GRAVITIES.indexOf(gravity) % 3
const down = (gravity: Gravity): number => Math.floor(GRAVITIES.indexOf(gravity) / 3)

/** Whether a margin to the left or right edge means anything, and one to the top or bottom edge. */
export const hasMarginX = (gravity: Gravity): boolean => across(gravity) !== 1
export const hasMarginY = (gravity: Gravity): boolean => down(gravity) !== 1

/** Where the smaller lies in the larger. From the middle the half pixel goes to the left and top. */
export const placed = (inner: Size, outer: Size, gravity: Gravity): Box => ({
  width: inner.width,
  height: inner.height,
  x: Math.floor(((outer.width - inner.width) * across(gravity)) / 2),
  y: Math.floor(((outer.height - inner.height) * down(gravity)) / 2),
})
