/** Folders of the form `name=value` above a file: columns of every row in it. */

/** The names, outermost first. */
export function hiveNames(file: string): readonly string[] {
  return hivePartitions(file).map(([name]) => name)
}

/** Names and values, as DuckDB reads them: a value is decoded, a name is not. */
export function hivePartitions(path: string): readonly (readonly [name: string, value: string])[] {
  return path
    .split('/')
    .slice(0, -1)
    .flatMap((folder) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(folder) ?? []
      return name === undefined || value === undefined ? [] : [[name, decoded(value)] as const]
    })
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
