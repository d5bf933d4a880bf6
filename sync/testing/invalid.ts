/** What `testView` answers for a value that online has the status INVALID; in training it is null. */
export const INVALID: unique symbol = Symbol('INVALID')
