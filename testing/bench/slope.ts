/** The least-squares slope of a series in a log-log plot: 0 if the cost is constant, 1 if linear, 2 if quadratic. */
export function slope(series: readonly { count: number; cost: number }[]): number {
  const snapshots = series.map(({ count, cost }) => ({ x: Math.log(count), y: Math.log(cost) }));
  const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length;
  const [x, y] = [mean(snapshots.map((snapshot) => snapshot.x)), mean(snapshots.map((snapshot) => snapshot.y))];
  const products = snapshots.map((snapshot) => (snapshot.x - x) * (snapshot.y - y));
  const squares = snapshots.map((snapshot) => (snapshot.x - x) ** 2);
  return mean(products) / mean(squares);
}
