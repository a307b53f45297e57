/**
 * The slope of a series in a log-log diagram, by least squares: 1 where the cost is in proportion to the count, 2 where it is
 * quadratic, 0 where it does not depend on it.
 */
export function slope(series: readonly { count: number; cost: number }[]): number {
  const snapshots = series.map(({ count, cost }) => ({ x: Math.log(count), y: Math.log(cost) }));
  const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length;
  const [x, y] = [mean(snapshots.map((snapshot) => snapshot.x)), mean(snapshots.map((snapshot) => snapshot.y))];
  const products = snapshots.map((snapshot) => (snapshot.x - x) * (snapshot.y - y));
  const squares = snapshots.map((snapshot) => (snapshot.x - x) ** 2);
  return mean(products) / mean(squares);
}
