'use strict';
const { emulator } = require('./index.cjs');

module.exports = () => emulator.stop();
