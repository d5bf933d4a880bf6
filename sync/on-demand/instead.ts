/** What to write instead of what is not taken, where the nearest name would not say it. */
const CLOCK =
  'The same row must give the same value whenever it is computed: take the time as an input, request({ now: t.timestamp() }).'
const CHANCE = 'The same row must give the same value whenever it is computed.'
const AGGREGATE = 'An expression sees one row: aggregate in the SQL of a feature view.'
const COSINE_DISTANCE = 'Write 1 - array_cosine_similarity(x, y).'
const PLACES = 'Write substr(x, from, count) of a string, and x[n] for an element of a list.'
const AGGREGATES_OF_LISTS = 'Write list_sum, list_min, list_max or list_avg.'

const saying = (text: string, names: string): readonly (readonly [string, string])[] =>
  names.split(' ').map((name) => [name, text])

export const INSTEAD: ReadonlyMap<string, string> = new Map([
  ...saying(CLOCK, 'now today age current_timestamp current_date current_time localtime localtimestamp'),
  ...saying(CLOCK, 'get_current_timestamp get_current_time transaction_timestamp'),
  ...saying(CHANCE, 'random uuid gen_random_uuid uuidv4 uuidv7 setseed nextval currval'),
  ...saying(
    AGGREGATE,
    'sum avg mean count count_star min max any_value first last median mode quantile bool_and bool_or',
  ),
  ...saying(AGGREGATE, 'stddev variance string_agg array_agg group_concat list arg_min arg_max approx_count_distinct'),
  ...saying(AGGREGATES_OF_LISTS, 'list_aggregate list_aggr array_aggregate list_count list_median list_stddev_pop'),
  ...saying(COSINE_DISTANCE, 'array_cosine_distance <=> list_cosine_distance'),
  ...saying('Write array_distance(x, y).', '<-> list_distance'),
  ...saying('Write array_inner_product(x, y).', '<#> list_inner_product list_dot_product array_negative_inner_product'),
  ...saying('Write array_cosine_similarity(x, y), of vectors.', 'list_cosine_similarity'),
  ...saying(PLACES, 'array_slice list_slice array_element'),
  ...saying('Write an input or a feature for each member.', 'struct_pack row struct_extract map'),
  ...saying('Write pow(x, 1.0 / 3), and its sign where x may be below zero.', 'cbrt'),
  ...saying('Write it with exp.', 'sinh cosh tanh'),
  ...saying('Write it with atan2.', 'asin acos'),
  ...saying('Write x * pi() / 180.', 'radians'),
  ...saying('Write x * 180 / pi().', 'degrees'),
  ...saying('Write pow(2, x).', 'exp2'),
  ...saying('Write if(condition, x, y), or case.', 'iif'),
  ...saying('Write md5(x).', 'hash sha1 sha256'),
  ...saying(
    'Write like without escape, or contains(x, y).',
    'like_escape not_like_escape ilike_escape not_ilike_escape',
  ),
  ...saying('Timestamps are in UTC: leave it out.', 'timezone'),
  ...saying('Write split_part(x, separator, n).', 'string_split str_split string_to_array regexp_split_to_array'),
  ...saying('Write regexp_matches(x, pattern) with split_part or substr.', 'regexp_extract regexp_replace'),
  ...saying('Write cast(x as timestamp), of text like 2001-07-01 12:34:56.', 'strptime try_strptime'),
  ...saying('Write interval arithmetic: x + interval 1 day.', 'date_add date_sub'),
])

/** What it takes of a function, where types are not those that are written. */
export const OTHER_TYPES: ReadonlyMap<string, string> = new Map([
  ['//', 'Write trunc(x / y) of floats.'],
  ['array_extract', PLACES],
  ['-', "Cast both to one type of numbers. Between times, write date_diff('second', from, to)."],
  ['+', 'Cast both to one type of numbers. To a time, add an interval, as in x + interval 1 day.'],
  ['log10', 'Write ln(x) / ln(base) for another base.'],
])
