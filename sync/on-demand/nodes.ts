/** Nodes of a parsed expression, as DuckDB serializes them. */

export type Node = Readonly<Record<string, unknown>>

export function textConstant(text: string): Node {
  return {
    ...{ class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', query_location: 0 },
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: text },
  }
}

/** @param type DuckDB's name of it */
export function castOf(child: Node, type: string): Node {
  return {
    ...{ class: 'CAST', type: 'OPERATOR_CAST', alias: '', query_location: 0, child },
    ...{ cast_type: { id: type, type_info: null }, try_cast: false },
  }
}
