// Loaded before everything else: what is meant for Google's port 443 goes to the local cloud's front, over TLS as ever. The
// packages are not told, so they run as they are shipped.
import dns from "node:dns";
import net from "node:net";

const google = /^(accounts\.google\.com|([a-z0-9-]+\.)*googleapis\.com)$/;
const port = Number(process.env.CONFORMANCE_FRONT);

const lookup = dns.lookup;
dns.lookup = (host, options, done) =>
  google.test(host) ? lookup("127.0.0.1", options, done) : lookup(host, options, done);

const lookupAsync = dns.promises.lookup;
dns.promises.lookup = (host, options) => lookupAsync(google.test(host) ? "127.0.0.1" : host, options);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const normalized = Array.isArray(args[0]);
  const options = normalized ? args[0][0] : args[0];
  if (options?.port == 443 && (google.test(options.host) || options.host === "127.0.0.1")) {
    const ours = { ...options, host: "127.0.0.1", port };
    if (normalized) args[0][0] = ours;
    else args[0] = ours;
  }
  return connect.apply(this, args);
};
