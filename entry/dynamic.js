module.exports = require("./load")("dynamic");

// Never run: by these names Node finds what an ECMAScript module may import.
0 &&
  // biome-ignore lint/suspicious/noAssignInExpressions: the form that Node reads
  (module.exports = { handlers, configure });
