// What `hello` does, on functions-framework: without authentication or a log.
exports.hello = (data) => {
  const guest = JSON.parse(Buffer.from(data.data, 'base64').toString());
  if (!guest.name) throw new Error('no name');
};
