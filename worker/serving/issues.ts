/** Collects what is not PRESENT: by view where all its features share a status, by feature where they differ. */
import type { FeatureStatus } from '../../registry/wire/features.ts'

/** What an answer says when every value is PRESENT. */
export const NO_ISSUES = ',"issues":[]'

type Absent = Exclude<FeatureStatus, 'PRESENT' | 'NULL_VALUE'>

function isAbsent(status: FeatureStatus): status is Absent {
  return status !== 'PRESENT' && status !== 'NULL_VALUE'
}

/** A view in its role, stored or on-demand. */
export interface IssueView {
  readonly as: string
  readonly columns: readonly {
    readonly name: string
    /** It is no part of the answer: only what is true of its whole view is said. */
    readonly hidden?: boolean
  }[]
}

export class IssueList {
  readonly #views: readonly IssueView[]
  readonly #rowCount: number
  readonly #full: boolean
  /** Per view: status -> rows. */
  readonly #whole: Map<Absent, number[]>[] = []
  /** Per view: column -> rows whose value is null. */
  readonly #nulls: Map<number, number[]>[] = []
  /** Per view: column -> status -> rows, where the features of a row differ. */
  readonly #single: Map<number, Map<Absent, number[]>>[] = []

  constructor(views: readonly IssueView[], rowCount: number, full: boolean) {
    this.#views = views
    this.#rowCount = rowCount
    this.#full = full
  }

  /** Every feature of the view has this status in this row. */
  whole(view: number, row: number, status: Absent): void {
    this.#whole[view] ??= new Map()
    push(this.#whole[view], status, row)
  }

  /** These columns of the view are null in this row. */
  nulls(view: number, row: number, columns: readonly number[]): void {
    this.#nulls[view] ??= new Map()
    for (const column of columns) push(this.#nulls[view], column, row)
  }

  /** The statuses of a row of the view, one by one. */
  cells(view: number, row: number, cells: readonly { readonly status: FeatureStatus }[]): void {
    const [first] = cells
    if (!first) return
    if (isAbsent(first.status) && cells.every((cell) => cell.status === first.status)) {
      this.whole(view, row, first.status)
      return
    }
    for (const [column, { status }] of cells.entries())
      if (status === 'NULL_VALUE') this.nulls(view, row, [column])
      else if (isAbsent(status)) this.#one(view, row, column, status)
  }

  #one(view: number, row: number, column: number, status: Absent): void {
    this.#single[view] ??= new Map()
    const statuses = this.#single[view].get(column) ?? new Map<Absent, number[]>()
    this.#single[view].set(column, statuses)
    push(statuses, status, row)
  }

  /** `,"issues":[…]`, and with full metadata `,"statuses":[…]` before it. */
  text(): string {
    return `${this.#full ? `,"statuses":${this.statuses()}` : ''},"issues":${this.issues()}`
  }

  /** A JSON array. */
  issues(): string {
    return `[${this.#views.flatMap((view, position) => this.#issuesOf(view, position)).join(',')}]`
  }

  /** A JSON array: an object per row. */
  statuses(): string {
    return `[${this.#statuses().join(',')}]`
  }

  #issuesOf(view: IssueView, position: number): readonly string[] {
    const whole = [...(this.#whole[position] ?? [])].map(([status, rows]) => issue('view', view.as, status, rows))
    const nulls = [...(this.#nulls[position] ?? [])].flatMap(([column, rows]) =>
      issueOf(view, column, 'NULL_VALUE', rows),
    )
    const single = [...(this.#single[position] ?? [])].flatMap(([column, statuses]) =>
      [...statuses].flatMap(([status, rows]) => issueOf(view, column, status, rows)),
    )
    return [...whole, ...nulls, ...single]
  }

  #statuses(): readonly string[] {
    const rows = Array.from({ length: this.#rowCount }, (): Record<string, FeatureStatus> => ({}))
    this.#views.forEach((view, position) => {
      const say = (row: number, column: number, status: FeatureStatus): void => {
        const { name, hidden } = view.columns[column] ?? { name: '', hidden: true }
        if (!hidden) set(rows, row, name, status)
      }
      for (const row of rows.keys()) for (const column of view.columns.keys()) say(row, column, 'PRESENT')
      for (const [status, at] of this.#whole[position] ?? [])
        for (const row of at) for (const column of view.columns.keys()) say(row, column, status)
      for (const [column, at] of this.#nulls[position] ?? []) for (const row of at) say(row, column, 'NULL_VALUE')
      for (const [column, statuses] of this.#single[position] ?? [])
        for (const [status, at] of statuses) for (const row of at) say(row, column, status)
    })
    return rows.map((row) => JSON.stringify(row))
  }
}

function issueOf({ columns }: IssueView, column: number, status: FeatureStatus, rows: readonly number[]): string[] {
  const { name, hidden } = columns[column] ?? { name: '', hidden: true }
  return hidden ? [] : [issue('feature', name, status, rows)]
}

function set(rows: readonly Record<string, FeatureStatus>[], index: number, name: string, status: FeatureStatus): void {
  const row = rows[index]
  if (row) row[name] = status
}

function push<K>(lists: Map<K, number[]>, key: K, row: number): void {
  const list = lists.get(key)
  if (list) list.push(row)
  else lists.set(key, [row])
}

function issue(kind: 'view' | 'feature', name: string, status: FeatureStatus, rows: readonly number[]): string {
  return `{"${kind}":${JSON.stringify(name)},"status":"${status}","rows":[${rows.join(',')}]}`
}
