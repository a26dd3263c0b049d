// The floor: what a function costs that does nothing.
exports.handler = async () => null
