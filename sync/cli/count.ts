import { InvalidArgumentError } from 'commander'

/** An option that is how many, or a number that something has. */
export function readCount(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 on.')
  return Number(text)
}
