// Drives the API with the real client of Cube: `node ask.mjs API_URL TOKEN`. Prints what the client made of the answers.
import cube from '@cubejs-client/core';

const [apiUrl, token] = process.argv.slice(2);
const client = cube(`Bearer ${token}`, { apiUrl });
const days = { dimension: 'sales.time', granularity: 'day', dateRange: 'last 30 days' };
const revenue = { measures: ['sales.revenue'], timeDimensions: [days] };
const byRegion = { ...revenue, dimensions: ['channels.region'] };

const meta = await client.meta();
const daily = await client.load(revenue);
const regions = await client.load(byRegion);
const compared = await client.load({
  measures: ['sales.units'],
  timeDimensions: [{ dimension: 'sales.time', compareDateRange: ['last 30 days', ['2020-01-01', '2020-01-30']] }],
});
const wide = await client.load({
  measures: ['sales.revenue'],
  filters: [{ member: 'products.product_name', operator: 'equals', values: Array(200).fill('a name of some length') }],
});
const asked = await client.sql(byRegion);
const several = await client.load([revenue, { measures: ['customers.total_customers'] }]);
const refused = await client.load({ measures: ['sales.nothing'] }).catch((error) => ({
  message: error.message,
  status: error.status,
}));

console.log(
  JSON.stringify({
    cubes: meta.cubes.map((one) => one.name),
    measure: meta.resolveMember('sales.revenue', 'measures'),
    filterOperators: meta.filterOperatorsForMember('customers.state', 'dimensions').map((one) => one.name),
    daily: { chart: daily.chartPivot(), series: daily.seriesNames(), columns: daily.tableColumns() },
    regions: { table: regions.tablePivot(), series: regions.seriesNames().map((one) => one.key) },
    compared: compared.decompose().map((one) => one.rawData()),
    comparedKind: compared.queryType,
    wide: wide.rawData(),
    sql: asked.sql(),
    several: several.decompose().map((one) => one.rawData().length),
    refused,
  })
);
