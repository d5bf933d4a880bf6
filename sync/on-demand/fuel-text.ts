/** What `fuel.ts` writes into on-demand code, as JavaScript: the counters, what takes steps, and the function around `compute`. */

/** For one row: some milliseconds at most, and far beyond what a feature takes. */
export const STEPS = 1_000_000

/** Calls within calls: less than any engine holds, whatever its caller has taken. */
export const DEPTH = 1_000

/** What is made at once takes a step for so many items or characters: a row makes no more than eight million of them. */
const MADE_PER_STEP = 8

/** Once, for the constants and tables that the module makes when it is loaded. */
const STEPS_TO_LOAD = 100 * STEPS

// Code cannot refer to these: what it does not declare itself, and what is none of the language, is refused.
const LEFT = '__shoreline_left'
const DEEP = '__shoreline_deep'
const OUT = '__shoreline_out'
const TAKE = '__shoreline_take'
const FUNCTION = '__shoreline_function'

/** Functions of one argument, which is also what they answer. */
export const COUNT = '__shoreline_count'
export const MADE = '__shoreline_made'
export const KEY = '__shoreline_key'
export const MAKER = '__shoreline_maker'

/** A whole number to every engine, which makes it as cheap as it can be. */
const TAKEN = `(${LEFT}=${LEFT}-1|0)<0`
/** A statement. */
export const STEP = `if(${TAKEN})${OUT}();`
/** An expression follows, and a closing parenthesis. */
export const STEP_THEN = `(${TAKEN}&&${OUT}(),`
/** Around the body of a function. */
export const ENTER = `if(${TAKEN}||${DEEP}>=${DEPTH})${OUT}();${DEEP}++;try{`
export const LEAVE = `}finally{${DEEP}--}`
/** What is out of steps is not caught. */
export const STILL = `if(${LEFT}<0)${OUT}();`

/**
 * Functions that are made of text could reach whatever is refused by its name. A Worker makes none; so that nobody does, their
 * constructors are out of reach: by name from a function, and as a name that is not written out.
 *
 * All of it stands in a function, because engines are slower at variables of a module than at those of a function.
 */
export const PRELUDE = `export const compute = (() => {
let ${LEFT} = ${STEPS_TO_LOAD}, ${DEEP} = 0;
const ${FUNCTION} = (() => {}).constructor;
const ${OUT} = () => {
  ${LEFT} = -1;
  throw new RangeError('it takes too many steps');
};
const ${TAKE} = (made) => {
  if (made >= ${MADE_PER_STEP} && (${LEFT} = Math.max(${LEFT} - Math.floor(made / ${MADE_PER_STEP}), -1) | 0) < 0) ${OUT}();
};
const ${COUNT} = (value) => {
  ${TAKE}(typeof value === 'number' ? value : value?.length);
  return value;
};
const ${MADE} = (value) => {
  if (typeof value === 'string' || Array.isArray(value)) ${TAKE}(value.length);
  return value;
};
const ${MAKER} = (value) => {
  const maker = value?.constructor;
  if (maker === ${FUNCTION} || maker?.prototype instanceof ${FUNCTION}) throw new TypeError('it makes code of text');
  return value;
};
const ${KEY} = (key) => {
  if (typeof key === 'number' || typeof key === 'symbol') return key;
  const name = String(key);
  if (name === 'constructor') throw new TypeError('it may make code of text');
  return name;
};`

/** Its steps are its row's. A `finally` may have answered where it was out of them. */
export function entry(compute: string): string {
  return `return (row) => {
  ${LEFT} = ${STEPS};
  ${DEEP} = 0;
  const answer = ${compute}(row);
  ${STILL}
  return answer;
};
})();`
}
