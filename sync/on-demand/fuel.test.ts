/** On-demand code that counts its steps: what ends is as it was, and what does not end fails. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs are texts here
import { parse } from 'acorn'
import { transform } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Compute } from '../../core/on-demand/modules.ts'
import { withFuel } from './fuel.ts'
import { DEPTH, STEPS } from './fuel-text.ts'
import { importModules } from './import-modules.ts'

const NAME = 'subject'

/** The function as it is written, and with its steps counted, as it is stored. */
async function both(expression: string): Promise<{ readonly plain: Compute; readonly counted: Compute }> {
  const source = `const ${NAME} = ${expression};\nexport { ${NAME} as compute };`
  const program = parse(source, { ecmaVersion: 'latest', sourceType: 'module' })
  const [plain, counted] = await Promise.all(
    [source, withFuel(source, program, NAME)].map(async (text) => {
      const { code } = await transform(text, { minify: true, format: 'esm', target: 'es2022' })
      const modules = await importModules(new Map([['it', { kind: 'js', text: code }]]))
      return modules['it']?.['compute'] as Compute
    }),
  )
  if (plain && counted) return { plain, counted }
  throw new Error('no module')
}

function counted(expression: string): Promise<Compute> {
  return both(expression).then((one) => one.counted)
}

/** Every form of the language that is counted, or that the counting could break. */
const PROGRAMS: readonly string[] = [
  '(row) => { let sum = 0; for (const x of row.list) sum += x; return sum }',
  '(row) => { let i = 0, sum = 0; while (i < row.list.length) sum += row.list[i++]; return sum }',
  '(row) => { let i = row.n; do i -= 3; while (i > 0); return i }',
  '(row) => { let i = row.n; do { i -= 3 } while (i > 0) return i }',
  '(row) => { const names = []; for (const name in row) names.push(name); return names }',
  '(row) => { let found = 0; for (let i = 0, j = 9; i < j; i++, j--) found += i * j; return found }',
  '(row) => { let i = 0; for (;;) if (i++ > row.n) break; return i }',
  '(row) => { let i = 0; for (; i < 5; i++); return i }',
  '(row) => { const found = []; outer: for (const a of row.list) for (const b of row.list) { if (a === b) continue outer; if (b > 3) break outer; found.push(a * b) } return found }',
  '(row) => { const later = []; for (let i = 0; i < 3; i++) later.push(() => i); return later.map((one) => one()) }',
  '(row) => { let sum = 0; for (const [a, b = 2] of row.list.map((x) => [x])) sum += a * b; return sum }',
  '(row) => { let i = 0; one: while (true) two: { if (i++ > 3) break one; break two } return i }',
  '(row) => { switch (row.n) { case 7: { let i = 0; while (i < 3) i++; return i } default: return -1 } }',
  '(row) => row.list.map((x) => x * 2).filter((x) => x > 2).reduce((a, b) => a + b, 0)',
  '(row) => [...row.list, ...row.list].concat(row.n, [[1, [2]]].flat(2))',
  '(row) => row.list?.slice(1)?.concat(row.none?.concat(1).length).length',
  '(row) => row.none?.concat([1]).at(0).name ?? "none"',
  '(row) => row?.["list"]?.[row.n % 2]',
  `(row) => ({ a: row.n, "b": row.text, [\`c\${row.n}\`]: row.list[0], ...{ d: 1 } })`,
  '(row) => (({ n, ...rest }) => [n, Object.keys(rest)])(row)',
  '({ n = 1, none = n + 1, text: { length } }) => [n, none, length]',
  '(row) => { const { [row.name]: picked, ["te" + "xt"]: text, ...rest } = row; return [picked, text, Object.keys(rest)] }',
  '(row) => { let a, b; ({ a, b = 3 } = { a: 1 }); [a, b] = [b, a]; [, a = 9] = []; return [a, b] }',
  '(row) => ((a, b = a * 2, c = (() => a + b)(), ...rest) => [a, b, c, rest])(row.n)',
  'function named(row) { return row.n > 100 ? row.n : named({ n: row.n * 2 }) }',
  '(row) => { const even = (n) => n === 0 ? true : odd(n - 1); const odd = (n) => n === 0 ? false : even(n - 1); return even(row.n) }',
  '(row) => { const add = (a) => (b) => (c) => a + b + c; return add(1)(2)(row.n) }',
  '(row) => (() => ({ a: 1 }))().a',
  '(row) =>\n  // why\n  (\n    /* what */ row.n\n  )',
  '(row) => { const walk = (tree) => tree === null ? [] : [...walk(tree.l), tree.v, ...walk(tree.r)]; return walk(row.tree) }',
  '(row) => { const fold = (list) =>\n list.length === 0\n ? (0)\n : (list[0] + fold(list.slice(1))); return fold(row.list) }',
  '(row) => { function* count(to) { for (let i = 0; i < to; i++) yield i; return to } return [...count(row.n), Math.max(...count(3))] }',
  '(row) => { function* walk(tree) { if (tree) { yield* walk(tree.l); yield tree.v; yield* walk(tree.r) } } return Array.from(walk(row.tree)) }',
  '(row) => { const given = { *[Symbol.iterator]() { let i = 0; while (true) yield i++ } }; for (const x of given) if (x > row.n) return x }',
  '(row) => { function* forever() { try { for (;;) yield 1 } finally { row.closed = true } } for (const x of forever()) break; return row.closed }',
  '(row) => { const it = { get twice() { return row.n * 2 }, set into(x) { this.held = x }, method() { return this.held } }; it.into = 5; return [it.twice, it.method()] }',
  '(row) => { class A { static made = 0; #x = row.n; y = this.#x + 1; z = () => this.y; constructor() { A.made++ } get x() { return this.#x } static { this.base = 3 } static of() { return new A() } } return [A.of().x, new A().y, A.made, A.base, new A().z()] }',
  `(row) => { class A { constructor(x) { this.x = x } who() { return "a" } } class B extends A { constructor() { super(row.n) } who() { return \`\${super.who()}b\` } } const b = new B(); return [b.x, b.who(), b instanceof A, b.constructor === B, b.constructor.name.length > 0] }`,
  '(row) => row.list.constructor === Array && ({}).constructor === Object && row?.text.constructor === String',
  '(row) => { class A { constructor(x) { this.x = x } again() { return new this.constructor(this.x + 1) } } return new A(row.n).again().x }',
  '(row) => { const it = { maker: { constructor: class { x = row.n } }, list: [Date] }; return [new it.maker.constructor().x, new (it.maker.constructor)().x, new it.list[row.n - 7](0).getTime(), new (class { y = 1 })().y] }',
  '(row) => { try { null.x } catch (e) { return e instanceof TypeError } finally { row.n = 0 } }',
  '(row) => { try { null.x } catch { return "caught" } }',
  '(row) => { const f = () => { try { return 1 } finally { row.n++ } }; return [f(), row.n] }',
  '(row) => { for (const x of row.list) { try { if (x > 2) throw x; continue } catch (e) { return e } finally { row.n = x } } }',
  '(row) => { const counts = {}; for (const word of row.text.split(" ")) counts[word] = (counts[word] ?? 0) + 1; return counts }',
  '(row) => { const a = [1, 2, 3]; a.length = 1; a[row.n] = 4; a[a.length++] = 5; return a }',
  '(row) => { const a = [3, 1, 2]; a.sort((x, y) => x - y); return [a.join("-"), a.toString(), "x".repeat(row.n), "7".padStart(3, "0"), "a,b".split(","), "aa".replace(/a/g, (m) => m + row.n), "aa".replaceAll("a", "b")] }',
  '(row) => [new Array(3).fill(0), Array(2).length, Array.from({ length: 3 }, (_, i) => i * row.n), Float32Array.from([1, 2]).length, new Float64Array(4).length, new Uint8Array(row.list)[0], new Array(1, 2)]',
  '(row) => [new Map([[1, 2]]).get(1), new Set(row.list).size, [...new Map([["a", 1]]).entries()], Object.entries({ b: 2 })]',
  '(row) => { const key = { toString: () => "n" }; return [row[key], row["n"], row[(0, "n")], row.list[+true], row.list[row.n - 6], delete row["n"], "n" in row] }',
  '(row) => { const s = Symbol("s"); const o = { [s]: 1 }; return o[s] }',
  '(row) => { let i = 1; i = i + +row.n - -i; i **= 2; return [i, i++ + ++i, -i, !i, typeof i, void 0, (1, i)] }',
  '(row) => (row.n > 3 && row.list.length) || (row.none ?? "none")',
  '(row) => { let none; none ??= row.n; none ||= 1; none &&= 2; return none }',
  `(row) => ((strings, ...values) => [strings.raw.join("|"), values])\`a\${row.n}\\n\${row.text}b\``,
  '(row) => { if (row.n) for (const x of row.list) if (x > 1) return x; else continue; else return 0 }',
  'function (row) { const list = arguments; return [list.length, new.target === undefined, this === undefined] }',
  '(row) => [10n ** 3n, BigInt(row.n) << 2n, BigInt.asIntN(8, 255n)].map(String)',
  '(row) => { var a = 1; { var a = 2; let b = a } for (var i = 0; i < 2; i++) var c = i; return [a, i, c] }',
  '(row) => { const f = function () { return typeof f }; const g = { h() {}, i: () => 1, j: function () {} }; return [f(), f.name.length > 0, g.h.name, g.i.name, g.j.name] }',
  '(row) => { const { f = () => 1, g = class {} } = {}; return [f.name.length > 0, g.name.length > 0, f()] }',
  '(row) => JSON.parse(JSON.stringify(row, (key, value) => (key === "tree" ? undefined : value)), (_key, value) => value)',
]

function row(): Record<string, unknown> {
  const leaf = (v: number): object => ({ v, l: null, r: null })
  return { n: 7, list: [1, 2, 3, 4], text: 'a b a', name: 'n', tree: { v: 2, l: leaf(1), r: leaf(3) } }
}

describe('a function that ends', () => {
  it.each(PROGRAMS)('answers what it answered: %s', async (expression) => {
    const { plain, counted } = await both(expression)
    const given = row()
    const expected = plain(row())
    expect(counted(given)).toEqual(expected)
    // What one row has taken is nobody else's.
    expect(counted(row())).toEqual(expected)
  })

  it('throws what it threw', async () => {
    const compute = await counted(
      '(row) => { for (const x of row.list) { if (x > 2) throw new RangeError("of its own") } }',
    )
    expect(() => compute(row())).toThrow('of its own')
  })

  it('has its steps, all of them, for every row', async () => {
    const compute = await counted('({ turns }) => { let i = 0; while (i < turns) i++; return i }')
    const most = STEPS - 1 // and a step for the call
    for (let rows = 0; rows < 3; rows++) expect(compute({ turns: most })).toBe(most)
    expect(() => compute({ turns: most + 1 })).toThrow('it takes too many steps')
    expect(compute({ turns: most })).toBe(most)
  })

  it('has as many calls within calls as are said', async () => {
    const compute = await counted(
      '({ deep }) => { const down = (n) => (n <= 1 ? 1 : 1 + down(n - 1)); return down(deep) }',
    )
    expect(compute({ deep: DEPTH })).toBe(DEPTH)
    expect(() => compute({ deep: DEPTH + 1 })).toThrow('it takes too many steps')
    expect(compute({ deep: DEPTH })).toBe(DEPTH)
  })

  it('computes the same for any numbers: statements that are put together at random', async () => {
    // Loops within loops are few, and calls within calls: every program ends soon, counted or not.
    const nesting = { maxDepth: 3, depthIdentifier: fc.createDepthIdentifier() }
    const { block } = fc.letrec<{ readonly block: string; readonly one: string }>((tie) => ({
      one: fc.oneof(
        nesting,
        fc.constantFrom(
          's += a[i % a.length];',
          's ^= i;',
          'if (s > 99) break;',
          'if (i & 1) continue;',
          'i += 2;',
          's = f(s % 500);',
          'a = a.concat(s % 7).slice(-5);',
          `s += \`\${s}\`.length;`,
          'a = [...a, i].slice(1);',
        ),
        tie('block').map((body) => `for (let i = 0; i < 4; i++) ${body}`),
        tie('block').map((body) => `for (let i of a) ${body}`),
        tie('block').map((body) => `{ let i = 0; do ${body} while (i++ < 3) }`),
        tie('block').map((body) => `for (let i of [1, 2]) { try ${body} catch { s++ } finally { s += 3 } }`),
        tie('one').map((body) => `for (let i = 0; i < 3; i++) ${body}`),
      ),
      block: fc.array(tie('one'), { maxLength: 3 }).map((all) => `{ ${all.join(' ')} }`),
    }))
    await fc.assert(
      fc.asyncProperty(block, fc.integer({ min: -9, max: 99 }), async (body, start) => {
        const expression = `(row) => { let s = row.s, a = [3, 1, 2]; const f = (x) => (x > 50 ? f(x - 7 | 0) : x + 1); for (let i = 0; i < 3; i++) ${body} return [s, a] }`
        const { plain, counted } = await both(expression)
        expect(counted({ s: start })).toEqual(plain({ s: start }))
      }),
      { numRuns: 60, seed: 11 },
    )
  })
})

describe('a function that does not end', () => {
  it.each([
    '() => { for (;;); }',
    '() => { while (true) {} }',
    '() => { do {} while (true) }',
    '() => { do ; while (true) }',
    '() => { let i = 0; outer: for (;;) { for (;;) { i++; continue outer } } }',
    '() => { const list = [1]; for (const x of list) list.push(x) }',
    '() => { function f() { return f() } return f() }',
    '() => { const f = () => f(); f() }',
    '() => { const f = (x = f()) => x; f() }',
    '() => { const a = () => b(), b = () => { a() }; a() }',
    '() => { class A { x = new A() } new A() }',
    '() => { class A { constructor() { new A() } } new A() }',
    '() => { const o = { get x() { return this.x } }; return o.x }',
    '() => { const o = { valueOf() { return +this } }; return +o }',
    '() => { function* f() { for (;;) yield 1 } return [...f()] }',
    '() => { function* f() { yield* f() } return [...f()] }',
    '() => [...{ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) }]',
    '() => Array.from({ length: 2 ** 32 - 1 }, (_, i) => i)',
    '() => ((f) => f(f))((f) => f(f))',
    '() => { const s = new Set([1]); for (const x of s) { s.delete(x); s.add(x) } }',
    '() => "a".repeat(5000).split("").sort(() => { for (;;); })',
  ])('fails: %s', async (expression) => {
    const compute = await counted(expression)
    expect(() => compute({})).toThrow()
    expect(() => compute({})).toThrow()
  })

  it.each([
    '() => { try { for (;;); } catch { return 1 } }',
    '() => { try { for (;;); } finally { return 1 } }',
    '() => { for (;;) try { for (;;); } catch {} }',
    '() => { for (;;) try { for (;;); } finally { continue } }',
    '() => { outer: for (;;) { try { for (;;); } finally { continue outer } } }',
    '() => { const again = () => { try { for (;;); } finally { return again() } }; return again() }',
    '() => { const again = () => { try { again() } catch { again() } }; again(); return 1 }',
    '() => { function* f() { try { for (;;); } finally { yield 1 } } for (const x of f()) return x }',
    '() => { try { [1].map(() => { for (;;); }) } catch (e) { return { e } } }',
  ])('fails for good, whatever it catches: %s', async (expression) => {
    const compute = await counted(expression)
    expect(() => compute({})).toThrow('it takes too many steps')
  })
})

describe('a function that allocates without end', () => {
  it.each([
    '() => { const all = []; for (;;) all.push([1]) }',
    '() => { let all = [1]; for (;;) all = all.concat(all) }',
    '() => { let all = [1]; for (;;) all = [...all, ...all] }',
    '() => { let all = [1]; for (;;) all = [all, all].flat() }',
    '() => { let all = [1]; for (;;) all.splice(0, 0, ...all.slice()) }',
    '() => { const all = []; for (;;) all.push("x".repeat(1000)) }',
    '() => "x".repeat(2 ** 28)',
    '() => "x".padStart(2 ** 28, "ab")',
    '() => "x".padEnd(2 ** 28)',
    '() => new Array(2 ** 28).fill(0)',
    '() => Array(2 ** 28).fill(0)',
    '() => { const a = []; a.length = 2 ** 28; return a.fill(0) }',
    '() => new Float64Array(2 ** 27)',
    '() => new ArrayBuffer(2 ** 30)',
    '() => Array.from({ length: 2 ** 28 })',
    '() => Float64Array.from({ length: 2 ** 27 })',
    '() => { let x = "xxxxxxxxxxxxxxxx".repeat(65536); for (;;) x = x.replaceAll("x", "xxxxxxxx") }',
  ])('fails: %s', async (expression) => {
    const compute = await counted(expression)
    const before = process.memoryUsage().rss
    expect(() => compute({})).toThrow()
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6)
  })

  it('may make what features are made of', async () => {
    const compute = await counted(
      '({ n }) => [new Float64Array(n).length, "x".repeat(n).split("").length, [...Array(n).keys()].slice().length]',
    )
    expect(compute({ n: 100_000 })).toEqual([100_000, 100_000, 100_000])
  })
})

describe('a function that makes code of text', () => {
  it.each([
    '() => (() => {}).constructor("return Date")()',
    '() => (function* () {}).constructor("yield Date")().next()',
    '() => { const f = () => {}; return f["con" + "structor"]("return 1")() }',
    '() => { const f = () => {}; const k = "constructor"; return f[k]("return 1")() }',
    '() => { const f = () => {}; return f?.constructor("return 1")() }',
    '() => [].constructor.constructor("return 1")()',
    '() => { class A {} return A.constructor("return 1")() }',
    '() => { const { ["constr" + "uctor"]: F } = () => {}; return F("return 1")() }',
    '() => Object.getPrototypeOf(function* () {}).constructor("yield 1")().next()',
  ])('fails: %s', async (expression) => {
    const compute = await counted(expression)
    expect(() => compute({})).toThrow(/code of text/)
  })
})
