/**
 * The filter language: which rows of a collection a client wants.
 *
 * <h2>For client authors</h2>
 *
 * A filter is a JSON object, and a row matches when everything in it holds. {@code {}} is every row. {@code
 * {"floor":1,"status":{"$in":["free","held"]}}} is: the floor is 1 and the status is one of the two.
 *
 * <table>
 *   <caption>What may stand for a column's value</caption>
 *   <tr><td>a value</td><td>the column equals it; {@code null}: the column is null</td></tr>
 *   <tr><td>{@code $eq $ne}</td><td>equals, or does not equal</td></tr>
 *   <tr><td>{@code $gt $gte $lt $lte}</td><td>is greater, at least, less, at most</td></tr>
 *   <tr><td>{@code $in $nin}</td><td>is one, or is none, of a list; {@code null} may be in the list</td></tr>
 *   <tr><td>{@code $null}</td><td>{@code true}: is null; {@code false}: is not null</td></tr>
 *   <tr><td>{@code $not}</td><td>the operators in its object do not all hold</td></tr>
 * </table>
 *
 * Several operators on one column must all hold. Whole conditions are combined by {@code {"$and":[...]}}, {@code
 * {"$or":[...]}} and {@code {"$not":{...}}}, beside columns or inside one another. An empty {@code $and} is every row,
 * an empty {@code $or} or {@code $in} none.
 *
 * <p>A condition is true or false and never in between: a null is equal to, greater and less than nothing, so any
 * comparison with it is false and the opposite of that comparison is true. {@code {"a":{"$ne":1}}} therefore finds the
 * rows whose {@code a} is null too, other than {@code a <> 1} would in SQL.
 *
 * <p>How values are given and compared follows the column's type, not the way a value is written:
 *
 * <ul>
 *   <li>whole numbers: a number or its digits as a string; it must fit the column ({@code int2}, {@code int4}, {@code
 *       int8})
 *   <li>floating point: a number, {@code "NaN"}, {@code "Infinity"}, {@code "-Infinity"}. NaN equals itself and is above
 *       everything; minus zero is zero
 *   <li>decimals: a number or a string, compared as numbers: 1.50 is 1.5
 *   <li>booleans: {@code true} is greater than {@code false}
 *   <li>text: by its bytes in UTF-8, which is the order of Unicode code points and of no language. In a {@code char(n)}
 *       blanks at the end do not count
 *   <li>uuid: upper or lower case; ordered as its bytes
 *   <li>dates and times: ISO 8601, microseconds at most: {@code 2026-01-02}, {@code 03:04:05.678}, {@code
 *       2026-01-02T03:04:05}; with a time zone {@code ...Z} or {@code ...+02:00}, compared as instants. {@code infinity}
 *       and {@code -infinity} stand at the ends; years that have not four digits are signed, {@code -0043} being 44
 *       BC, for which {@code 0044-03-15 BC} may be written too
 *   <li>binary: base64, ordered as its bytes
 *   <li>enumerations and all other types: their text, for equality only
 *   <li>JSON and arrays: {@code $null} only
 * </ul>
 *
 * <h2>For embedders</h2>
 *
 * {@link dev.changecast.core.filter.FilterParser} makes a {@link dev.changecast.api.filter.Filter} of JSON, checked
 * against the relation and in canonical form; {@link dev.changecast.core.filter.FilterText} gives the text that is the
 * same for filters that are the same; {@link dev.changecast.core.filter.RowPredicate} asks one filter about a row, {@link
 * dev.changecast.core.filter.MatchIndex} thousands at once. On the wire, and so in a row, dates and times are expected
 * as ISO 8601 with a {@code T}, and {@code Z} for instants; since values are compared and never their text, digits of
 * the fraction, offsets and the two ways to write early years make no difference. A row's value that is no value of its
 * column's type is neither equal to anything nor less nor greater.
 */
@NullMarked
package dev.changecast.core.filter;

import org.jspecify.annotations.NullMarked;
