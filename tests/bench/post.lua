-- wrk: posts one body over and over, and ends with one line of JSON.
-- wrk -s post.lua URL -- BODY_FILE [NAME=VALUE ...]

function init(arguments)
    local file = assert(io.open(arguments[1]))
    wrk.method = "POST"
    wrk.body = file:read("*l")
    file:close()
    for i = 2, #arguments do
        local name, value = arguments[i]:match("^([^=]+)=(.*)$")
        wrk.headers[name] = value
    end
    wrk.headers["Content-Type"] = "application/json"
    return wrk.format()
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
